"""An editor, another one, and a reviewer at a service; what they give, and the moves they make."""

from typing import Any, NamedTuple

import httpx

CABLE = "07BEIJING7192"
ASKS = "/v1/recommendations"
FIGURES = "/v1/statistics"
PARTS = "/v1/participations"
EVENTS = "/v1/events"
PAGE = {"title": "A page on patents", "url": "https://example.org/patents", "retrieved": "2026-11-01"}
QUOTE = "appoint a Minister Counselor-level representative for IPR efforts"
PLANTED = "Zanzibar"


class Desk(NamedTuple):
    """Those who write, each by a key, and someone who only reads."""

    editor: httpx.Client
    other: httpx.Client
    reviewer: httpx.Client
    reader: httpx.Client


def an_ask(**given: Any) -> dict[str, Any]:
    """A recommendation that can be made of paragraph 5."""
    return {
        "cable_id": CABLE,
        "paragraph": "5",
        "quote": QUOTE,
        "text": f"The Embassy should appoint a counselor for {PLANTED}.",
        "targets": ["embassy"],
        "proposers": [{"person": "jeremie-waterman", "organization": "us-chamber-of-commerce"}],
        "topics": ["staffing"],
        "panel": 1,
        "certainty": "explicit",
        "continuing": False,
        **given,
    }


def a_figure(**given: Any) -> dict[str, Any]:
    return {
        "cable_id": CABLE,
        "paragraph": "4",
        "quote": "nearly a dozen events in 2007",
        "value": 12,
        "qualifier": "nearly",
        "unit": "events",
        "what": f"The Chamber held nearly a dozen events for {PLANTED} in 2007.",
        "period": "in 2007",
        "date": "2007",
        "said_by": [{"person": "richard-lavin"}],
        **given,
    }


def a_part(**given: Any) -> dict[str, Any]:
    """A part in panel 1 that paragraph 4 can be made to report."""
    return {
        "cable_id": CABLE,
        "panel": 1,
        "capacity": "panelist",
        "person": "jack-chang",
        "organization": "nike",
        "title": f"Counsel for {PLANTED}",
        "citation": {"paragraph": "4", "quote": "Jack Chang"},
        **given,
    }


def an_event(**given: Any) -> dict[str, Any]:
    """An event of the patent law, from a page that the register does not have."""
    return {
        "reform": "patent-law",
        "round": 4,
        "stage": "effective",
        "instrument": None,
        "body": "state-council",
        "text": f"The Patent Law was applied in {PLANTED}.",
        "kind": "occurred",
        "date_text": "1 June 2021",
        "date": "2021-06-01",
        "page": PAGE,
        "confidence": "high",
        **given,
    }


def tag(answer: httpx.Response) -> dict[str, str]:
    assert answer.is_success, answer.text
    return {"If-Match": answer.headers["etag"]}


def made(desk: Desk, at: str = ASKS, **given: Any) -> httpx.Response:
    body = an_ask(**given) if at == ASKS else a_figure(**given)
    answer = desk.editor.post(at, json=body)
    assert answer.status_code == 201, answer.text
    return answer


def move(client: httpx.Client, draft: httpx.Response, name: str, **body: Any) -> httpx.Response:
    """A move of the draft that an answer shows, in its version."""
    at = f"/v1/{draft.json()['collection']}/{draft.json()['record_id']}/{name}"
    return client.post(at, headers=tag(draft), json=body or None)


def published(desk: Desk, draft: httpx.Response) -> httpx.Response:
    """Submits and publishes it; the record as a reader has it then."""
    answer = move(desk.reviewer, move(desk.editor, draft, "submit"), "publish")
    assert answer.status_code == 200, answer.text
    return desk.reader.get(f"/v1/{draft.json()['collection']}/{draft.json()['record_id']}")


def changed(desk: Desk, record_id: str, at: str = ASKS, **fields: Any) -> httpx.Response:
    """A change to what is published, as a draft."""
    read = desk.editor.get(f"{at}/{record_id}")
    answer = desk.editor.patch(f"{at}/{record_id}", headers=tag(read), json=fields)
    assert answer.status_code == 200, answer.text
    return answer


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
