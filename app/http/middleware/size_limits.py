"""Request size limits: the URL, the headers, and the body, which is counted as it arrives."""

from collections.abc import Mapping
from itertools import chain

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from app.core.errors import ProblemError

MAX_TARGET_BYTES = 8 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 1024 * 1024
LONGEST_TAG_LIST = 4_096
"""Maximum length of an If-None-Match header, in characters."""
BODY_LIMIT = "body_limit"
"""Scope key under which a route stores a limit other than `MAX_BODY_BYTES`."""
_AROUND_A_HEADER = len(": \r\n")


def check_size(scope: Scope) -> None:
    """Rejects a URL or headers over the limit. The server itself rejects what it cannot parse."""
    if len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        raise ProblemError("uri-too-long", "The URI is longer than 8 KiB.")
    headers = scope["headers"]
    if sum(map(len, chain.from_iterable(headers))) + _AROUND_A_HEADER * len(headers) > MAX_HEADER_BYTES:
        raise ProblemError("headers-too-large", "The headers are larger than 16 KiB.")


class CountedBody:
    """Receives a request body and rejects it once it is too large: at the first byte if its length is announced.

    A body that no route reads is neither counted nor stored: the server drops it after the response.
    """

    def __init__(self, scope: Scope, receive: Receive, *, announced: int) -> None:
        self.scope = scope
        self.receive = receive
        self.announced = announced
        self.taken = 0
        self.answered = False

    async def __call__(self) -> Message:
        most = int(self.scope.get(BODY_LIMIT, MAX_BODY_BYTES))
        self._check(self.announced, most)
        message = await self.receive()
        if message["type"] == "http.request":
            self.taken += len(message.get("body", b""))
            self._check(self.taken, most)
        return message

    def _check(self, size: int, most: int) -> None:
        # FastAPI passes only this exception on from where it reads a body.
        if size > most and not self.answered:
            raise HTTPException(413, f"The body is larger than {most} bytes")


def counted_body(scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> CountedBody | None:
    """Returns the counting receiver of a body; None for a request without a body, which most are."""
    announced = headers.get(b"content-length", b"0")
    if announced == b"0" and b"transfer-encoding" not in headers:
        return None
    return CountedBody(scope, receive, announced=int(announced) if announced.isdigit() else 0)
