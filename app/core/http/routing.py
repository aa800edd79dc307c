"""The router of every room: refuses parameters that are not declared, tags answers, answers 304."""

from collections.abc import Callable, Coroutine
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from app.core.caching import entity_tag, has_tag
from app.core.errors import ProblemError, invalid, printable
from app.core.folding import FORBIDDEN, REFUSAL, normal_query
from app.core.http.answers import Answer
from app.core.http.deprecation import Deprecation
from app.core.http.limits import LONGEST_TAG_LIST
from app.core.http.problems import VARY, Problem
from app.core.http.ready import ASKED, Asked
from app.core.http.writing import enter_refusal, takes_version, writes

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

SCHEME = "bearer"
"""What the document calls the one way to show credentials."""
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


class Need:
    """What a caller needs to get in, as a dependency. Its word is the role's; the document and a law test read it."""

    def __init__(self, admit: Callable[[Request], Coroutine[Any, Any, Any]], *, word: str, optional: bool) -> None:
        """`optional` says that credentials may do without, where the operator has opened the register so far."""
        self.admit = admit
        self.word = word
        self.optional = optional

    async def __call__(self, request: Request) -> None:
        """Lets a request in, or raises. `Route` asks first of all; as a dependency it finds that done."""
        admitted = request.scope.setdefault("admitted", set())
        if self not in admitted:
            await self.admit(request)
            admitted.add(self)

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """What the document says of it. OpenAPI 3.1 takes roles beside the scheme; linters do not yet."""
        return [*([{}] if self.optional else []), {SCHEME: []}]


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
            changes = CHANGE_PROBLEMS if takes_version(endpoint) else {}
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
        needs = [one.dependency for one in self.dependencies if isinstance(one.dependency, Need)]

        operation = self.operation_id or self.name

        async def check(request: Request) -> None:
            request.state.operation = operation
            # Before its parameters are looked at or its body is read: strangers learn nothing, and cost nothing.
            for need in needs:
                await need(request)
            _check_parameters(request, repeatable)

        operation = self.operation_id or self.name
        if not (self.methods or READING) <= READING:
            return writes(operation, answer, checked=check)
        # What needs more than the router does is not for all readers alike.
        kept = getattr(self.endpoint, "kept", False) and len(needs) == 1
        announced = _announced(getattr(self.endpoint, "deprecation", None), leaving)
        return reads(operation, answer, checked=check, counted=bool(needs), kept=kept, announced=announced)


def _announced(whole: Deprecation | None, leaving: dict[str, Deprecation]) -> Callable[[Request, Response], None]:
    """What says on an answer that the route, or a parameter that was given, is to go away."""

    def announce(request: Request, response: Response) -> None:
        for mark in (whole, *(mark for name, mark in leaving.items() if name in request.query_params)):
            if mark is not None:
                mark.announce(response.headers)

    return announce


def reads(  # noqa: PLR0913 - what a read does around its answer, each by its name
    operation: str,
    answer: Handler,
    *,
    checked: Callable[[Request], Coroutine[Any, Any, None]],
    counted: bool,
    kept: bool,
    announced: Callable[[Request, Response], None],
) -> Handler:
    """The handler of a route that reads, around what FastAPI makes of it."""

    async def handle(request: Request) -> Response:
        asked: Asked | None = request.scope.get(ASKED)
        if asked is not None and not kept:
            asked.release()
        try:
            await checked(request)
        except ProblemError as refusal:
            if refusal.code == "forbidden":
                await enter_refusal(request, operation, refusal.code)
            raise
        if counted:
            request.app.state.reads.count(request.state.caller.id, operation)
        response = await answer(request)
        if asked is not None and kept and response.status_code == 200:  # noqa: PLR2004 - OK
            asked.whole, asked.packs, asked.operation = True, getattr(response, "packs", True), operation
        response = _conditional(request, response)
        announced(request, response)
        return response

    return handle


class Router(APIRouter):
    """The router that every room makes its own from."""

    def __init__(self, *, prefix: str = "", tag: str, needs: Any = None, kept: bool = False) -> None:
        """`needs` is the gate's; without it everybody gets in, which is for what tells nothing of the register.

        `kept` says of its reads that whoever may see as much gets the same bytes until the data or the day is another:
        nothing in them depends on who asks, or on headers.
        """
        self.kept = kept
        refusals: dict[int | str, dict[str, Any]] = {}
        if needs is not None:
            refused = f"The caller has not the role `{needs.dependency.word}`, which this needs."
            refusals = {
                401: {"model": Problem, "description": "Credentials are needed, or those shown do not hold."},
                403: {"model": Problem, "description": refused},
            }
        super().__init__(
            prefix=prefix,
            tags=[tag],
            dependencies=[needs] if needs is not None else [],
            route_class=Route,
            responses={
                304: {"description": "Unchanged since the tag in If-None-Match."},
                **refusals,
                422: {"model": Problem, "description": "A parameter is not known or its value does not fit."},
                "default": {"model": Problem, "description": "Any other problem."},
            },
        )

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Adds a route, and says in the document what its need asks for: its own where it declares one."""
        asked = [*self.dependencies, *(options.get("dependencies") or [])]
        needed = [one.dependency for one in asked if isinstance(one.dependency, Need)]
        if needed:
            options["openapi_extra"] = {**(options.get("openapi_extra") or {}), "security": needed[-1].security}
        endpoint.kept = self.kept  # type: ignore[attr-defined] # as for what is to go away, the mark is the function's
        super().add_api_route(path, endpoint, **options)


def reading_engine_of(request: Request) -> AsyncEngine:
    """The engine whose role may read what the caller may see. Where no gate has said what that is, there is none."""
    engine: AsyncEngine = request.app.state.engines[request.state.clearance]
    return engine


async def reading_connection(request: Request) -> Any:
    """A connection for reads, each statement on its own: nothing to begin, nothing to commit."""
    async with reading_engine_of(request).connect() as connection:
        yield connection


def keeping_engine_of(request: Request) -> AsyncEngine:
    """The engine that may read what no reader may see, each statement on its own."""
    engine: AsyncEngine = request.app.state.writing_engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


async def keeping_connection(request: Request) -> Any:
    """A connection to what no reader may see, such as keys; each statement on its own."""
    async with keeping_engine_of(request).connect() as connection:
        yield connection


def root_path_of(request: Request) -> str:
    """The path that the service stands under, as links begin with it."""
    path: str = request.scope.get("root_path", "")
    return path


RootPath = Annotated[str, Depends(root_path_of)]
Reading = Annotated[AsyncConnection, Depends(reading_connection, scope="function")]
Keeping = Annotated[AsyncConnection, Depends(keeping_connection, scope="function")]


def _check_parameters(request: Request, repeatable: dict[str, bool]) -> None:
    """Refuses a parameter that is unknown or repeated against its declaration, and text that no text has.

    Values are put into NFC, before anything reads them.
    """
    request.scope["query_string"] = normal_query(request.scope["query_string"])
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in repeatable:
            nearest = get_close_matches(name, repeatable, n=1, cutoff=0.0)
            hint = f"; the nearest known one is {nearest[0]}" if nearest else "; this address takes none"
            raise invalid(printable(name).strip('"'), f"there is no such parameter{hint}")
        if name in seen and not repeatable[name]:
            raise invalid(name, "give it once")
        if FORBIDDEN.search(value) or "\t" in value or "\n" in value:
            raise invalid(name, REFUSAL)
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
    whole = ASKED in request.scope and request.scope[ASKED].whole
    if not whole and has_tag(request.headers.get("If-None-Match"), tag):
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
