"""Baseline of reads: an ASGI function that sends one response, with headers, from the JSON file at `source`."""

import json
from base64 import b64decode
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send


def build(source: str) -> ASGIApp:
    answers = {
        case: (
            one["status"],
            [(name.encode(), value.encode()) for name, value in one["headers"]],
            b64decode(one["body"]),
        )
        for case, one in json.loads(Path(source).read_text(encoding="ascii")).items()
    }

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        status, headers, body = answers[scope["path"]]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer
