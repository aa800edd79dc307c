"""`bench walk`: calls from one file of `app/` into another, for each kind of request, counted by a profiler."""

import argparse
import asyncio
import sys
from pathlib import Path
from secrets import token_urlsafe
from types import FrameType
from typing import Any, NamedTuple

from pydantic import SecretStr
from starlette.types import Message

import app
from app.auth.authenticator import Authenticator
from app.auth.schemas import KeyIn
from app.cli.keys import enter_key
from app.core.settings import Settings
from app.http.middleware.progress_timeout import ENFORCED
from app.http.middleware.response_cache import ResponseStore
from app.main import Application, create_app
from app.vocabulary import Marking, Role
from benchmarks.database import loaded_database
from benchmarks.report import say

LIST = "/v1/recommendations?organization=QBPC&target=usg&body=mofcom"
SECRET = SecretStr(token_urlsafe(48))
SETTINGS = {"api_key_secret": SECRET, "rate_limit": "1000/minute", "access_log": "on"}
LIMITS = {"a list": 28, "a cached response": 10, "a refusal": 16, "a probe": 8}
"""Maximum number of calls for each kind of request."""
AUTHENTICATIONS = {"a list": 1, "a cached response": 1, "a refusal": 1, "a probe": 0}
_APP = f"{Path(app.__file__).parent}/"


class Call(NamedTuple):
    """Call into another file of `app/`: directly, or through a library."""

    depth: int
    file: str
    function: str


class Walk(NamedTuple):
    """Calls of one request in their order."""

    status: int
    calls: list[Call]
    authentications: int


class Profiler:
    """Profile function that records the calls of one request. Coroutines are called once and resumed often."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.authentications = 0
        self._depths: dict[FrameType, int] = {}

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event != "call" or frame in self._depths or not code.co_filename.startswith(_APP):
            return
        caller = frame.f_back
        while caller is not None and caller not in self._depths:
            caller = caller.f_back
        if caller is None and code is not Application.__call__.__code__:
            # A task of the service, not this request.
            return
        self.authentications += code is Authenticator.authenticate.__code__
        self._depths[frame] = depth = -1 if caller is None else self._depths[caller]
        if caller is not None and caller.f_code.co_filename != code.co_filename:
            self._depths[frame] = depth + 1
            self.calls.append(
                Call(depth + 1, code.co_filename.removeprefix(_APP), code.co_qualname.replace(".<locals>", ""))
            )


async def walked(service: Application, path: str, headers: dict[str, str]) -> Walk:
    """Walks one request through the service, as our server passes it on."""
    statuses: list[int] = []

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    async def receive() -> Message:
        return {"type": "http.request"}

    path, _, query = path.partition("?")
    named = {"host": "localhost", "accept": "application/json", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "peer": "127.0.0.1",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "extensions": ENFORCED,
        "state": {},
    }
    profiler = Profiler()
    sys.setprofile(profiler)
    try:
        await service(scope, receive, send)
    finally:
        sys.setprofile(None)
    return Walk(statuses[0], profiler.calls, profiler.authentications)


async def _walks(service: Application, key: str) -> dict[str, Walk]:
    shown = {"authorization": f"Bearer {key}"}
    requests = {
        "a list": (LIST, shown),
        "a cached response": (LIST, shown),
        "a refusal": (LIST, {"authorization": f"Bearer rr_{'0' * 12}_{'x' * 43}"}),
        "a probe": ("/healthz/live", {}),
    }
    store: ResponseStore = service.state.response_store
    async with service.router.lifespan_context(service):
        # The first ones import modules and look up the keys.
        for path, headers in requests.values():
            await walked(service, path, headers)
        await _cached(service, shown)
        store.clear()
        found = {title: await walked(service, path, headers) for title, (path, headers) in requests.items()}
        return found | {"a cached response": await _cached(service, shown)}


async def _cached(service: Application, headers: dict[str, str]) -> Walk:
    """Repeats a request until its response is cached, which the data version has to be known for."""
    store: ResponseStore = service.state.response_store
    while True:
        hits = store.hits
        walk = await walked(service, LIST, headers)
        if store.hits > hits:
            return walk


def walks(url: str) -> dict[str, Walk]:
    """Walks each kind of request through a service with API keys, a rate limit and an access log."""
    settings = Settings.model_validate(SETTINGS)
    made = KeyIn(name="walk", person="walk", roles=[Role.READER], clearance=Marking.SBU)
    key = enter_key(url, made, secret=SECRET)
    return asyncio.run(_walks(create_app(settings, database_url=url), key.text))


def report(found: dict[str, Walk]) -> str:
    """Returns the walks as text, a line for each call."""
    return "\n".join(_part(title, walk) for title, walk in found.items())


def _part(title: str, walk: Walk) -> str:
    words = (
        f"{title}: {walk.status}, {len(walk.calls)} of {LIMITS[title]} calls, authentications: {walk.authentications}"
    )
    lines = (f"{'  ' * call.depth}{call.file}  {call.function}" for call in walk.calls)
    return "".join(f"{line}\n" for line in (words, *lines))


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("walk", help="calls between files of a request, and their limits")
    parser.set_defaults(measure=measure_walk)


def measure_walk(_asked: argparse.Namespace) -> None:
    """Prints the walks. A test holds their limits."""
    with loaded_database(say) as url:
        print(report(walks(url)))
