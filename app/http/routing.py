"""Router of every package: rejects undeclared parameters, checks roles, and adds ETags."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import ProblemError, invalid_parameter, safe_repr
from app.core.etags import compute_etag
from app.core.folding import FORBIDDEN, REFUSAL, normal_query
from app.core.nearest import proposal
from app.http.middleware.request_context import Exchange
from app.http.middleware.response_cache import CACHE_SCOPE_KEY, CacheContext
from app.http.problems import VARY, Problem
from app.http.request_head import LONGEST_TAG_LIST
from app.http.responses import RawJsonResponse
from app.http.transactions import record_refusal, takes_version, write_handler

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

SCHEME = "bearer"
"""Name of the security scheme in the OpenAPI document."""
SAFE_METHODS = {"GET", "HEAD"}


def _problems(**descriptions: str) -> dict[int | str, dict[str, Any]]:
    return {int(status.strip("_")): {"model": Problem, "description": words} for status, words in descriptions.items()}


WRITE_PROBLEMS = _problems(
    _400="The body is not valid JSON.",
    _401="Credentials are missing or invalid.",
    _403="The caller does not have the required role.",
    _409="The write conflicts with existing data, or the same request is in progress.",
    _415="The body is not sent as JSON.",
)
CHANGE_PROBLEMS = _problems(
    _412="The record was changed since the version in If-Match; ETag has the current one.",
    _428="If-Match is missing.",
)
FOREIGN_PARAMETERS = {
    "cursor": (
        {"page", "offset", "start", "skip", "after", "page_token"},
        "send the `next_cursor` of the previous page as `cursor`",
    ),
    "limit": (
        {"per_page", "page_size", "pagesize", "size", "count", "top", "max_results"},
        "`limit` sets the number of rows on a page",
    ),
}
"""Parameter names of other services, with the advice to use ours instead."""
COMMON_HEADERS = {"Cache-Control": "private, no-cache", "Vary": VARY}


class RoleRequirement:
    """Role requirement as a FastAPI dependency. `word` names the role, for the OpenAPI document and a test."""

    def __init__(self, admit: Callable[[Request], Coroutine[Any, Any, Any]], *, word: str, optional: bool) -> None:
        """`optional`: anonymous callers are accepted if the operator allows anonymous reading."""
        self.admit = admit
        self.word = word
        self.optional = optional

    async def __call__(self, request: Request) -> None:
        """Authorizes the request or raises. `Route` calls it first; as a dependency it then does nothing."""
        admitted = request.scope.setdefault("admitted", set())
        if self not in admitted:
            await self.admit(request)
            admitted.add(self)

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """Security requirement in the OpenAPI document. OpenAPI 3.1 allows roles in it; linters do not yet."""
        return [*([{}] if self.optional else []), {SCHEME: []}]


class Route(APIRoute):
    """Route whose return annotation `RawJsonResponse[Shape]` declares its response schema; its responses have ETags."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        returns = get_type_hints(endpoint).get("return")
        if get_origin(returns) is RawJsonResponse:
            options["response_model"] = get_args(returns)[0]
        if "{" in path:
            absent = {"model": Problem, "description": "The id does not exist, or the caller may not read the record."}
            options["responses"] = {404: absent, **(options.get("responses") or {})}
        if not set(options.get("methods") or {"GET"}) <= SAFE_METHODS:
            declared = {status: one for status, one in (options.get("responses") or {}).items() if status != 304}  # noqa: PLR2004 - not modified
            changes = CHANGE_PROBLEMS if takes_version(endpoint) else {}
            options["responses"] = {**WRITE_PROBLEMS, **changes, **declared}
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
        requires = [one.dependency for one in self.dependencies if isinstance(one.dependency, RoleRequirement)]

        operation = self.operation_id or self.name
        shape = self.body_field.field_info.annotation if self.body_field is not None else None

        async def check(request: Request) -> None:
            request.state.operation, request.state.body_shape = operation, shape
            # Before parameters are validated or the body is read: unauthorized callers learn nothing and cost nothing.
            for need in requires:
                await need(request)
            _check_parameters(request, repeatable)

        if not (self.methods or SAFE_METHODS) <= SAFE_METHODS:
            return write_handler(operation, answer, checked=check)
        # A route with a requirement of its own does not answer all readers alike, so it is not cacheable.
        cacheable = getattr(self.endpoint, "cacheable", False) and len(requires) == 1
        return read_handler(operation, answer, checked=check, counted=bool(requires), cacheable=cacheable)


def read_handler(
    operation: str,
    answer: Handler,
    *,
    checked: Callable[[Request], Coroutine[Any, Any, None]],
    counted: bool,
    cacheable: bool,
) -> Handler:
    """Wraps FastAPI's handler of a read route: authorization, usage counts, cache context and ETag."""

    async def handle(request: Request) -> Response:
        asked: CacheContext | None = request.scope.get(CACHE_SCOPE_KEY)
        if asked is not None and not cacheable:
            asked.release()
        try:
            await checked(request)
        except ProblemError as refusal:
            if refusal.code == "forbidden":
                await record_refusal(request, operation, refusal.code)
            raise
        if counted:
            request.app.state.read_counts.count(request.state.caller.id, operation)
        response = await answer(request)
        if asked is not None and cacheable and response.status_code == 200:  # noqa: PLR2004 - OK
            asked.is_cacheable, asked.packs, asked.operation = True, getattr(response, "packs", True), operation
        return _add_conditional_headers(request, response)

    return handle


class Router(APIRouter):
    """Base router of every package."""

    def __init__(self, *, prefix: str = "", tag: str, requires: Any = None, cacheable: bool = False) -> None:
        """`requires` is the role dependency. Omit it only for public endpoints that expose no register data.

        `cacheable`: callers with the same clearance get identical bytes until the data or the UTC day changes; the
        bytes depend on no header.
        """
        self.cacheable = cacheable
        refusals: dict[int | str, dict[str, Any]] = {}
        if requires is not None:
            refused = f"The caller does not have the required role `{requires.dependency.word}`."
            refusals = {
                401: {"model": Problem, "description": "Credentials are missing or invalid."},
                403: {"model": Problem, "description": refused},
            }
        super().__init__(
            prefix=prefix,
            tags=[tag],
            dependencies=[requires] if requires is not None else [],
            route_class=Route,
            responses={
                304: {"description": "Not modified since the ETag in If-None-Match."},
                **refusals,
                422: {"model": Problem, "description": "A parameter is unknown, or its value is invalid."},
                "default": {"model": Problem, "description": "Any other problem."},
            },
        )

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Adds a route with its security requirement in the OpenAPI document: its own if it declares one."""
        asked = [*self.dependencies, *(options.get("dependencies") or [])]
        needed = [one.dependency for one in asked if isinstance(one.dependency, RoleRequirement)]
        if needed:
            options["openapi_extra"] = {**(options.get("openapi_extra") or {}), "security": needed[-1].security}
        endpoint.cacheable = self.cacheable  # type: ignore[attr-defined] # the mark is on the function
        super().add_api_route(path, endpoint, **options)


def read_engine_of(request: Request) -> AsyncEngine:
    """Returns the engine for the caller's clearance, which authorization has stored in the request state before."""
    engine: AsyncEngine = request.app.state.engines[request.state.clearance]
    return engine


async def read_connection(request: Request) -> Any:
    """Yields a connection for reads, in autocommit mode: there is no transaction."""
    async with read_engine_of(request).connect() as connection:
        yield connection


def privileged_engine_of(request: Request) -> AsyncEngine:
    """Returns the engine that may read data that no reader may read, in autocommit mode."""
    engine: AsyncEngine = request.app.state.write_engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


async def privileged_connection(request: Request) -> Any:
    """Yields a connection to data that no reader may read, such as API keys, in autocommit mode."""
    async with privileged_engine_of(request).connect() as connection:
        yield connection


def root_path_of(request: Request) -> str:
    """Returns the root path of the service, with which links begin."""
    path: str = request.scope.get("root_path", "")
    return path


RootPath = Annotated[str, Depends(root_path_of)]
ReadConnection = Annotated[AsyncConnection, Depends(read_connection, scope="function")]
PrivilegedConnection = Annotated[AsyncConnection, Depends(privileged_connection, scope="function")]


def _check_parameters(request: Request, repeatable: dict[str, bool]) -> None:
    """Rejects unknown parameters, parameters repeated against their declaration, and forbidden characters.

    Normalizes values to NFC before anything else reads them.
    """
    try:
        query: bytes = request.scope["query_string"]
        if b"%" in query or not query.isascii():
            request.scope["query_string"] = normal_query(query)
    except UnicodeDecodeError:
        raise invalid_parameter(_undecodable_parameter(request), "give text in UTF-8") from None
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in repeatable:
            raise invalid_parameter(
                safe_repr(name).strip('"'), f"unknown parameter; {_parameter_hint(name, list(repeatable))}"
            )
        if name in seen and not repeatable[name]:
            raise invalid_parameter(name, "must not be repeated")
        if FORBIDDEN.search(value) or "\t" in value or "\n" in value:
            raise invalid_parameter(name, REFUSAL)
        seen.add(name)
    if len(request.headers.get("If-None-Match", "")) > LONGEST_TAG_LIST:
        raise invalid_parameter("If-None-Match", f"must have at most {LONGEST_TAG_LIST} characters")


def _undecodable_parameter(request: Request) -> str:
    """Returns the name of the first parameter whose value is not UTF-8; such bytes are replaced where it is parsed."""
    found = (name for name, value in request.query_params.multi_items() if "\ufffd" in name + value)
    return safe_repr(next(found, "")).strip('"')


def _parameter_hint(name: str, known: list[str]) -> str:
    """Returns the suggestion for an unknown parameter."""
    if not known:
        return "this endpoint takes no parameters"
    for parameter, (names, advice) in FOREIGN_PARAMETERS.items():
        if parameter in known and name.lower() in names:
            return advice
    return proposal(name, known)


def _add_conditional_headers(request: Request, response: Response) -> Response:
    """Adds ETag, cache headers and the Link to the next page. `Exchange` turns the response into a 304."""
    if response.status_code != 200 or request.method not in {"GET", "HEAD"}:  # noqa: PLR2004 - OK
        return response
    versioned = getattr(response, "versioned", None)
    tag: str = response.headers.get("ETag") or (
        request.app.state.tags.tag(versioned) if versioned is not None else compute_etag(bytes(response.body))
    )
    cache_control = response.headers.get("Cache-Control")
    headers = COMMON_HEADERS | {"ETag": tag} | ({"Cache-Control": cache_control} if cache_control else {})
    response.headers.update(headers)
    cursor = getattr(response, "next_cursor", None)
    if cursor is not None:
        response.headers["Link"] = f'<{_next_page_url(request, cursor)}>; rel="next"'
    return response


def is_unchanged(request: Request, tag: str) -> bool:
    """True if the client has the response of this tag, so that a route need not build its body."""
    exchange: Exchange | None = request.scope.get("exchange")
    return exchange is not None and exchange.has(tag.encode("latin-1"))


def _next_page_url(request: Request, cursor: str) -> str:
    """Returns the URL of the next page without scheme and host, so that the client's Host header is not repeated."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{quote(request.scope['path'])}?{urlencode([*others, ('cursor', cursor)])}"
