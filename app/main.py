"""Application factory: engines, lifespan, problem handlers, middleware and routers."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app import __version__
from app.audit.chain import SigningKeys
from app.audit.summaries import AuditSummaries
from app.audit.usage import ReadCounts
from app.audit_api.recording import record_refusal
from app.audit_api.routes import router as audit
from app.auth.authenticator import build_authenticator
from app.auth.routes import router as keys
from app.cables.routes import router as cables
from app.citations.routes import router as citations
from app.core.data_version import DataVersion
from app.core.db import read_engine, write_engine
from app.core.etags import ETags
from app.core.logs import set_up_logs
from app.core.migrations import SCHEMA_REVISION
from app.core.session import reader_session
from app.core.settings import Settings, SettingsError, settings_of_environment
from app.drafts.routes import routers as drafts
from app.exports.queries import ExportLimits
from app.exports.routes import changes, feeds
from app.exports.routes import files as exports
from app.facets.routes import router as facets
from app.followup.routes import action_writes, assessments
from app.followup.routes.actions import router as actions
from app.http.forwarding_headers import local_hosts
from app.http.metrics import Metrics
from app.http.middleware.access_log import AccessLog, AccessLogMiddleware
from app.http.middleware.authentication import AuthenticationMiddleware
from app.http.middleware.concurrency_limit import ConcurrencyLimitMiddleware
from app.http.middleware.rate_limit import RateLimitMiddleware
from app.http.middleware.request_context import ConcurrencyLimit, RequestContextMiddleware
from app.http.middleware.response_cache import ResponseCacheMiddleware, ResponseStore
from app.http.openapi.document import openapi_of
from app.http.problems import add_problem_handlers
from app.http.routes.health import router as health
from app.http.routes.metrics import router as metrics
from app.http.routes.well_known import router as well_known
from app.http.tracing import tracing_of
from app.models.clearance import READERS
from app.pages.routes import router as pages
from app.panels.routes import router as panels
from app.parties.routes import router as parties
from app.recommendations.routes import router as recommendations
from app.reforms.routes import router as reforms
from app.search.routes import router as search
from app.statistics.routes import router as statistics
from app.vocabulary import Marking

EXAMPLES = Path(__file__).with_name("examples.json")
"""File of real responses, shown as examples in the OpenAPI document."""
SUMMARY = "Recommendations of a policy roundtable: addressees, exact words, and current state."
DESCRIPTION = """\
Recommendations to the Embassy, the US Government and China, made at a policy roundtable and reported in a diplomatic
cable: who made them, their exact words, and their current state. Every record is cited to the exact words of the cable.
The example responses are about a fictitious cable, 08NOWHERE123, and fictitious people and firms.
"""
PUBLIC = ("", "docs", "reference", "problems", "assets", "favicon.ico", "openapi.json", ".well-known")
"""First segments of paths that nobody is authenticated for: pages, their files, the OpenAPI document."""
TAGS = [
    {"name": "search", "description": "Full-text search over all records."},
    {"name": "recommendations", "description": "Recommendations: one record for each ask, cited to the exact words."},
    {
        "name": "followup",
        "description": "Assessments of recommendations: position, implementation and state, with their history.",
    },
    {"name": "actions", "description": "Actions on recommendations, and progress reports."},
    {
        "name": "reforms",
        "description": "Legislative reforms: stage and events of each law, past and expected, as of any day.",
    },
    {"name": "statistics", "description": "Quotable figures, with their speakers."},
    {"name": "panels", "description": "Roundtables, their panels, and participants."},
    {"name": "parties", "description": "People and organizations, with all their names."},
    {
        "name": "cables",
        "description": "Cables: header, paragraphs, and the stored copy with its damage.",
    },
    {"name": "citations", "description": "Citations of any record: text, CSL-JSON, BibTeX."},
    {"name": "exports", "description": "Every list as a file, the change feed, and Atom and JSON feeds."},
    {"name": "words", "description": "Values of filters, with counts."},
    {"name": "drafts", "description": "Drafts of new records and of changes, before they are published."},
    {"name": "keys", "description": "API keys, for administrators."},
    {"name": "audit", "description": "Audit trail, for auditors."},
    {"name": "health", "description": "Probes."},
]


@asynccontextmanager
async def open_engines(app: FastAPI, settings: Settings, *, database_url: str) -> AsyncIterator[None]:
    """Opens one engine for the readers of each clearance, and one for writes."""
    app.state.engines = {
        clearance: read_engine(database_url, pool_size=settings.pool_size, **reader._asdict())
        for clearance, reader in READERS.items()
    }
    app.state.write_engine = write_engine(database_url, audit_keys=SigningKeys.of(settings.audit_keys))
    try:
        yield
    finally:
        for engine in (*app.state.engines.values(), app.state.write_engine):
            await engine.dispose()


@asynccontextmanager
async def lifespan(app: FastAPI, *, settings: Settings, database_url: str) -> AsyncIterator[None]:
    """Lifespan of the application: engines, authentication, counters, and data version tracking."""
    app.state.schema_revision = SCHEMA_REVISION
    async with (
        open_engines(app, settings, database_url=database_url),
        app.state.authenticator.open(),
        app.state.read_counts.written(app.state.write_engine),
        app.state.audit_summaries.written(app.state.write_engine),
        app.state.data_version.run(),
    ):
        try:
            yield
        finally:
            if app.state.access_log is not None:
                app.state.access_log.lines.flush()


class Application(FastAPI):
    """The service with its middleware, for any ASGI server."""

    stack: ASGIApp
    """Outermost layer of the middleware."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.stack(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def middleware_of(app: Application, settings: Settings) -> list[Middleware]:
    """The middleware around FastAPI, outermost first."""
    state = app.state
    return [
        Middleware(
            RequestContextMiddleware,
            trusted_proxies=settings.trusted_networks,
            root_path=settings.root_path,
            progress_timeout=settings.progress_timeout,
            origins=settings.allowed_origins,
            hosts=settings.known_hosts,
        ),
        Middleware(AccessLogMiddleware, metrics=state.metrics, log=state.access_log),
        Middleware(ConcurrencyLimitMiddleware, limit=state.concurrency_limit, routes=partial(FastAPI.__call__, app)),
        Middleware(AuthenticationMiddleware, authenticate=state.authenticator.authenticate, public=PUBLIC),
        Middleware(
            RateLimitMiddleware,
            callers=settings.rate_limit,
            strangers=settings.anonymous_rate_limit,
            sign_on_header=settings.proxy_auth_header,
        ),
        Middleware(
            ResponseCacheMiddleware,
            store=state.response_store,
            data_version=state.data_version,
            count=state.read_counts.count,
        ),
    ]


def add_state(app: Application, settings: Settings, *, database_url: str) -> None:
    """Adds what middleware, routes and metrics share: authenticator, counters, limits, response store, data version."""
    state = app.state
    state.authenticator = build_authenticator(settings, database_url=database_url)
    state.record_refusal = record_refusal
    # Every service that accepts writes has one of them, and all its processes have the same.
    secrets = (settings.api_key_secret, settings.audit_signing_keys)
    state.tags = ETags.of(next((one.get_secret_value() for one in secrets if one), database_url))
    state.read_counts = ReadCounts()
    state.audit_summaries = AuditSummaries()
    state.export_limits = ExportLimits(pool_size=settings.pool_size)
    state.concurrency_limit = ConcurrencyLimit(settings.max_concurrent_requests)
    state.response_store = ResponseStore(settings.response_cache_bytes)
    state.data_version = DataVersion(database_url, session=reader_session(**READERS[Marking.SBU]._asdict()))
    hosts = local_hosts(settings.host).union(settings.known_hosts)
    state.access_log = AccessLog(settings.log_format) if settings.access_log == "on" else None
    state.metrics = Metrics(app, hosts=hosts) if settings.metrics == "on" else None
    state.security_contact = settings.security_contact
    state.public_url = settings.public_url


DOMAIN_ROUTERS = (search, recommendations, actions, reforms, statistics, panels, parties, cables, citations, facets)
OTHER_ROUTERS = (exports, changes, feeds, audit, keys)


def settings_of_process() -> Settings:
    """Loads the settings of a process under an ASGI server and sets up its log. Exits if they are invalid."""
    try:
        settings = settings_of_environment()
    except SettingsError as error:
        sys.exit(f"Error: {error}")
    if settings.database_url is None:
        sys.exit("Error: ROUNDTABLE_DATABASE_URL: is not set; only `python3 run.py` starts its own PostgreSQL")
    set_up_logs(settings.log_format)
    return settings


def create_app(settings: Settings | None = None, *, database_url: str | None = None) -> Application:
    """Creates the service over the database at `database_url`. Its schema has to be at this release's revision.

    Without arguments, as ASGI servers call a factory, everything comes from the environment.
    """
    if settings is None:
        settings = settings_of_process()
    database_url = database_url or settings.database_url
    if database_url is None:
        raise ValueError("the application requires a database URL")
    app = Application(
        title="Roundtable Register",
        version=__version__,
        summary=SUMMARY,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
        lifespan=partial(lifespan, settings=settings, database_url=database_url),
        telemetry=tracing_of(settings),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.openapi = lambda: openapi_of(app, examples=EXAMPLES)  # type: ignore[method-assign] # FastAPI's own way to replace it
    add_state(app, settings, database_url=database_url)
    app.stack = partial(FastAPI.__call__, app)
    for middleware, arguments, options in reversed(middleware_of(app, settings)):
        app.stack = middleware(app.stack, *arguments, **options)
    add_problem_handlers(app)
    app.router.routes.extend(_included_routers())
    return app


@cache
def _included_routers() -> list[BaseRoute]:
    """Routers of every package. FastAPI builds their routes at the first request: once in a process, not per app."""
    whole = APIRouter()
    for router in (health, metrics, well_known, pages):
        whole.include_router(router)
    for router in (*DOMAIN_ROUTERS, *drafts, *assessments.routers, *action_writes.routers, *OTHER_ROUTERS):
        whole.include_router(router, prefix="/v1")
    return whole.routes
