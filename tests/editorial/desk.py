"""Clients of two editors and a reviewer, their request bodies, and their draft transitions."""

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
    """Clients of the writers, each with a key, and of someone who only reads."""

    editor: httpx.Client
    other: httpx.Client
    reviewer: httpx.Client
    reader: httpx.Client


def an_ask(**changes: Any) -> dict[str, Any]:
    """A recommendation that paragraph 5 supports."""
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
        **changes,
    }


def a_figure(**changes: Any) -> dict[str, Any]:
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
        **changes,
    }


def a_part(**changes: Any) -> dict[str, Any]:
    """A participation in panel 1 that paragraph 4 supports."""
    return {
        "cable_id": CABLE,
        "panel": 1,
        "capacity": "panelist",
        "person": "jack-chang",
        "organization": "nike",
        "title": f"Counsel for {PLANTED}",
        "citation": {"paragraph": "4", "quote": "Jack Chang"},
        **changes,
    }


def an_event(**changes: Any) -> dict[str, Any]:
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
        **changes,
    }


def tag(answer: httpx.Response) -> dict[str, str]:
    assert answer.is_success, answer.text
    return {"If-Match": answer.headers["etag"]}


def made(desk: Desk, at: str = ASKS, **changes: Any) -> httpx.Response:
    body = an_ask(**changes) if at == ASKS else a_figure(**changes)
    answer = desk.editor.post(at, json=body)
    assert answer.status_code == 201, answer.text
    return answer


def move(client: httpx.Client, draft: httpx.Response, name: str, **body: Any) -> httpx.Response:
    """Sends a transition of the draft in a response, with its ETag."""
    at = f"/v1/{draft.json()['collection']}/{draft.json()['record_id']}/{name}"
    return client.post(at, headers=tag(draft), json=body or None)


def published(desk: Desk, draft: httpx.Response) -> httpx.Response:
    """Submits and publishes a draft. Returns the record as a reader gets it."""
    answer = move(desk.reviewer, move(desk.editor, draft, "submit"), "publish")
    assert answer.status_code == 200, answer.text
    return desk.reader.get(f"/v1/{draft.json()['collection']}/{draft.json()['record_id']}")


def changed(desk: Desk, record_id: str, at: str = ASKS, **fields: Any) -> httpx.Response:
    """Changes a published record. Returns the draft."""
    read = desk.editor.get(f"{at}/{record_id}")
    answer = desk.editor.patch(f"{at}/{record_id}", headers=tag(read), json=fields)
    assert answer.status_code == 200, answer.text
    return answer


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
