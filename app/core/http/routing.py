"""The router of every room: refuses parameters that are not declared, tags answers, answers 304."""

from collections.abc import Callable, Coroutine
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from app.core.caching import entity_tag, has_tag
from app.core.errors import invalid, printable
from app.core.http.answers import Answer
from app.core.http.deprecation import Deprecation
from app.core.http.problems import VARY, Problem
from app.core.http.writing import writes

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

LONGEST_TAG_LIST = 4_096
"""How long an If-None-Match header may be, in characters."""

READING = {"GET", "HEAD"}


def _problems(**told: str) -> dict[int | str, dict[str, Any]]:
    return {int(status.strip("_")): {"model": Problem, "description": words} for status, words in told.items()}


WRITE_PROBLEMS = _problems(
    _400="The body is not JSON.",
    _401="Credentials are needed.",
    _403="The caller has not the role.",
    _409="Something stands against it, or the same request is under way.",
    _415="The body is not sent as JSON.",
)
CHANGE_PROBLEMS = _problems(
    _412="The record was changed since the version in If-Match; ETag is the present one.",
    _428="If-Match is missing.",
)
COMMON_HEADERS = {"Cache-Control": "private, no-cache", "Vary": VARY}


class Route(APIRoute):
    """A route whose return annotation `Answer[Shape]` is its contract, and whose answers carry entity tags."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        returns = get_type_hints(endpoint).get("return")
        if get_origin(returns) is Answer:
            options["response_model"] = get_args(returns)[0]
        if "{" in path:
            absent = {"model": Problem, "description": "There is nothing of this id that the caller may see."}
            options["responses"] = {404: absent, **(options.get("responses") or {})}
        if hasattr(endpoint, "deprecation"):
            options["deprecated"] = True
        if not set(options.get("methods") or {"GET"}) <= READING:
            told = {status: one for status, one in (options.get("responses") or {}).items() if status != 304}  # noqa: PLR2004 - unchanged
            changes = {} if "POST" in options["methods"] else CHANGE_PROBLEMS
            options["responses"] = {**WRITE_PROBLEMS, **changes, **told}
        options["operation_id"] = options.get("operation_id") or endpoint.__name__
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()
        fields = {
            field.alias or name: field
            for query in self.dependant.query_params
            for name, field in query.field_info.annotation.model_fields.items()  # type: ignore[union-attr] # parameters come as one Query model
        }
        repeatable = {name: get_origin(field.annotation) is list for name, field in fields.items()}
        leaving = {
            name: mark for name, field in fields.items() for mark in field.metadata if isinstance(mark, Deprecation)
        }
        whole: Deprecation | None = getattr(self.endpoint, "deprecation", None)
        if not (self.methods or READING) <= READING:
            return writes(
                self.operation_id or self.name, answer, checked=partial(_check_parameters, repeatable=repeatable)
            )

        async def handle(request: Request) -> Response:
            _check_parameters(request, repeatable)
            response = _conditional(request, await answer(request))
            for mark in (whole, *(mark for name, mark in leaving.items() if name in request.query_params)):
                if mark is not None:
                    mark.announce(response.headers)
            return response

        return handle


class Router(APIRouter):
    """The router that every room makes its own from."""

    def __init__(self, *, prefix: str = "", tag: str, needs: Any = None) -> None:
        """`needs` is the gate's; without it everybody gets in, which is for what tells nothing of the register."""
        super().__init__(
            prefix=prefix,
            tags=[tag],
            dependencies=[needs] if needs is not None else [],
            route_class=Route,
            responses={
                304: {"description": "Unchanged since the tag in If-None-Match."},
                422: {"model": Problem, "description": "A parameter is not known or its value does not fit."},
                "default": {"model": Problem, "description": "Any other problem."},
            },
        )


async def reading_connection(request: Request) -> Any:
    """A connection for reads, each statement on its own: nothing to begin, nothing to commit."""
    async with request.app.state.engine.connect() as connection:
        yield connection


Reading = Annotated[AsyncConnection, Depends(reading_connection, scope="function")]


def _check_parameters(request: Request, repeatable: dict[str, bool]) -> None:
    """Refuses a parameter that is unknown or repeated against its declaration, and text no column can hold."""
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in repeatable:
            nearest = get_close_matches(name, repeatable, n=1, cutoff=0.0)
            hint = f"; the nearest known one is {nearest[0]}" if nearest else "; this address takes none"
            raise invalid(printable(name).strip('"'), f"there is no such parameter{hint}")
        if name in seen and not repeatable[name]:
            raise invalid(name, "give it once")
        if any(ord(char) < ord(" ") or 0xD800 <= ord(char) <= 0xDFFF or ord(char) == 0x7F for char in value):  # noqa: PLR2004 - surrogates and DEL
            raise invalid(name, "control characters and lone surrogates are not taken")
        seen.add(name)
    if len(request.headers.get("If-None-Match", "")) > LONGEST_TAG_LIST:
        raise invalid("If-None-Match", f"give at most {LONGEST_TAG_LIST} characters of tags")


def _conditional(request: Request, response: Response) -> Response:
    """The answer with its tag and its link to the next page, or 304 where the client has these bytes already."""
    if response.status_code != 200 or request.method not in {"GET", "HEAD"}:  # noqa: PLR2004 - OK
        return response
    tag = response.headers.get("ETag") or getattr(response, "tag", None) or entity_tag(bytes(response.body))
    kept = response.headers.get("Cache-Control")
    headers = COMMON_HEADERS | {"ETag": tag} | ({"Cache-Control": kept} if kept else {})
    if has_tag(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    cursor = getattr(response, "next_cursor", None)
    if cursor is not None:
        response.headers["Link"] = f'<{_following(request, cursor)}>; rel="next"'
    return response


def _following(request: Request, cursor: str) -> str:
    """The address of the next page without scheme and host: whatever Host the request claims, it is not repeated."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{quote(request.scope['path'])}?{urlencode([*kept, ('cursor', cursor)])}"
