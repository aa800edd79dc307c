"""Follow-up transitions over HTTP: draft, submit, publish, each with the current ETag of the record."""

from typing import Any

import httpx

ASKS = "/v1/recommendations"
SAID = {"words": "Letter of the agency, 3 March 2008"}


def tag(client: httpx.Client, path: str) -> dict[str, str]:
    return {"If-Match": client.get(path).headers["etag"]}


def put(client: httpx.Client, path: str, value: str, **more: Any) -> httpx.Response:
    return client.put(path, json={"value": value, **more}, headers=tag(client, path))


def step(client: httpx.Client, path: str, way: str, **more: Any) -> httpx.Response:
    body = {"note": "Say who said it."} if way == "return" else None
    return client.post(f"{path}/{way}", headers=tag(client, path), json=body, **more)


def done(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def publish(editor: httpx.Client, reviewer: httpx.Client, path: str) -> dict[str, Any]:
    """Submits and publishes a draft."""
    done(step(editor, path, "submit"))
    return done(step(reviewer, path, "publish"))


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
