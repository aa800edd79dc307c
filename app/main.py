"""The application: engine, lifespan, problem handlers, routers. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from app import __version__
from app.access.callers import callers_of
from app.access.routes import router as keys
from app.actions.routes import router as actions
from app.audit.chain import Keys
from app.audit.reads import ReadCounts
from app.cables.routes import router as cables
from app.citations.routes import router as citations
from app.core.caching import Store
from app.core.db import reading_engine, writing_engine
from app.core.http.document import openapi_of
from app.core.http.edge import add_edge
from app.core.http.health import router as health
from app.core.http.metrics import router as metrics
from app.core.http.problems import add_problem_handlers
from app.core.http.ready import Ready
from app.core.http.telemetry import telemetry_of
from app.core.http.watch import add_watch
from app.core.http.wellknown import router as wellknown
from app.core.migration import SCHEMA_REVISION
from app.core.revision import Revision
from app.core.session import reader_session
from app.core.settings import Settings
from app.editorial.routes import actions as action_writes
from app.editorial.routes import assessments
from app.editorial.routes.audit import router as audit
from app.editorial.routes.editing import routers as editing
from app.editorial.routes.refusals import enter_refusal
from app.exports.routes import changes, feeds
from app.exports.routes import files as exports
from app.models.clearance import READERS
from app.pages.routes import router as pages
from app.panels.routes import router as panels
from app.parties.routes import router as parties
from app.recommendations.routes import router as recommendations
from app.reforms.routes import router as reforms
from app.search.routes import router as search
from app.statistics.routes import router as statistics
from app.vocabulary import Marking
from app.words.routes import router as words

EXAMPLES = Path(__file__).with_name("examples.json")
"""Real answers, for the document."""
SUMMARY = "What a policy roundtable asked for, of whom, in what words, and where it stands."
DESCRIPTION = """\
What a diplomatic reporting cable says was asked of the Embassy, the US Government and China at a policy
roundtable: by whom, in what words, and where it stands. Every record is cited to the exact words of the cable.
"""
TAGS = [
    {"name": "search", "description": "One search box over everything that has words."},
    {"name": "recommendations", "description": "One record is one ask, cited to the exact words."},
    {
        "name": "followup",
        "description": "How recommendations are assessed: position, implementation, state; and when.",
    },
    {"name": "actions", "description": "What is to be done about recommendations, and reports of what was done."},
    {"name": "reforms", "description": "Where each law stood, stands, and was expected to stand, as of any day."},
    {"name": "statistics", "description": "The figures that a reader would quote, with who said them."},
    {"name": "panels", "description": "Roundtables, their panels, and who took part."},
    {"name": "parties", "description": "People and organizations, under every name they go by."},
    {
        "name": "cables",
        "description": "The cables: header, paragraphs, the stored copy and what it has lost.",
    },
    {"name": "citations", "description": "How to cite any record: text, CSL-JSON, BibTeX."},
    {"name": "exports", "description": "Every list as a file, what changed in them, and feeds."},
    {"name": "words", "description": "The words that filter, with counts."},
    {"name": "drafts", "description": "New records and changes, on their way to being published."},
    {"name": "keys", "description": "Who gets in by an API key, for those who administer."},
    {"name": "audit", "description": "Who did what, and when; for auditors."},
    {"name": "health", "description": "Probes."},
]


@asynccontextmanager
async def open_engines(app: FastAPI, settings: Settings, *, database_url: str) -> AsyncIterator[None]:
    """For readers of each clearance an engine of their own, and one for writes."""
    app.state.engines = {
        clearance: reading_engine(database_url, pool_size=settings.pool_size, **reader._asdict())
        for clearance, reader in READERS.items()
    }
    app.state.writing_engine = writing_engine(database_url, audit_keys=Keys.of(settings.audit_keys))
    try:
        yield
    finally:
        for engine in (*app.state.engines.values(), app.state.writing_engine):
            await engine.dispose()


def add_layers(app: FastAPI, settings: Settings, *, database_url: str) -> None:
    """What is around all routes: the answers that are kept, and what every request and answer goes through."""
    app.state.enter_refusal = enter_refusal
    app.state.reads = ReadCounts()
    app.state.store = Store(settings.cache_bytes)
    app.state.revision = Revision(database_url, session=reader_session(**READERS[Marking.SBU]._asdict()))
    origins, hosts = settings.allowed_origins, settings.known_hosts
    add_edge(app, origins=origins, hosts=hosts)
    app.state.ready = Ready(
        app,
        store=app.state.store,
        revision=app.state.revision,
        admit=app.state.callers.admit_reader,
        count=app.state.reads.count,
        origins=origins,
        hosts=hosts,
    )


NOUNS = (search, recommendations, actions, reforms, statistics, panels, parties, cables, citations, words)
OTHERS = (exports, changes, feeds, audit, keys)


def create_app(settings: Settings, *, database_url: str) -> FastAPI:
    """The service over the database at `database_url`, whose schema it expects to be this release's."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.schema_revision = SCHEMA_REVISION
        async with (
            open_engines(app, settings, database_url=database_url),
            app.state.callers.open(),
            app.state.reads.written(app.state.writing_engine),
            app.state.revision.followed(),
        ):
            yield

    app = FastAPI(
        title="Roundtable Register",
        version=__version__,
        summary=SUMMARY,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
        lifespan=lifespan,
        telemetry=telemetry_of(settings),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.openapi = lambda: openapi_of(app, examples=EXAMPLES)  # type: ignore[method-assign] # FastAPI's own way to replace it
    app.state.callers = callers_of(settings, database_url=database_url)
    app.state.security_contact = settings.security_contact
    add_layers(app, settings, database_url=database_url)
    add_problem_handlers(app)
    add_watch(app, settings, inner=app.state.ready, identify=app.state.callers.identify)
    for router in (health, metrics, wellknown, pages):
        app.include_router(router)
    for router in (*NOUNS, *editing, *assessments.routers, *action_writes.routers, *OTHERS):
        app.include_router(router, prefix="/v1")
    return app
