"""Routes of the pages, their static files, and the OpenAPI document. None of them queries the database."""

import json

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import not_found
from app.core.problem_kinds import PROBLEMS
from app.http.routing import Router
from app.pages.api_docs import docs_page, reference_page
from app.pages.assets import ASSETS, BY_ADDRESS, Asset
from app.pages.index import landing_page
from app.pages.problems import problem_page, problems_page

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
OWN = f"{NOTHING}; style-src 'self'; img-src 'self'"
"""Content-Security-Policy of our own pages: they load their style sheet and icon only."""
SCRIPTED = f"{NOTHING}; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'"
"""Content-Security-Policy of Swagger UI, whose style sheet has its icons as data URLs."""
# Redoc adds style elements: empty ones, which its script fills rule by rule, and one for its scroll bar. Each is
# allowed by the digest of its text only. Its search runs in a worker that it creates from a blob URL.
REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
WITH_REDOC = " ".join((SCRIPTED, *REDOC_STYLES)) + "; worker-src blob:"

router = Router(tag="pages")


class Page(Response):
    """HTML response with its own Content-Security-Policy."""

    media_type = "text/html"

    def __init__(self, html: str, *, policy: str = OWN) -> None:
        guards = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", **SNIFFED_BY_NOBODY}
        super().__init__(html, headers=guards)


SNIFFED_BY_NOBODY = {"X-Content-Type-Options": "nosniff"}


class File(Response):
    """Static file response, with its digest as ETag."""

    def __init__(self, asset: Asset, *, cache_control: str) -> None:
        headers = {"ETag": f'"{asset.digest}"', "Cache-Control": cache_control, **SNIFFED_BY_NOBODY}
        super().__init__(asset.body, media_type=asset.media_type, headers=headers)


class Document(Response):
    """The OpenAPI document."""

    media_type = "application/json"


@router.get("/", include_in_schema=False)
async def show_landing(request: Request) -> Page:
    return Page(landing_page(version=request.app.version))


@router.get("/docs", include_in_schema=False)
async def show_docs() -> Page:
    return Page(docs_page(), policy=SCRIPTED)


@router.get("/reference", include_in_schema=False)
async def show_reference() -> Page:
    return Page(reference_page(), policy=WITH_REDOC)


@router.get("/problems", include_in_schema=False)
async def list_problems() -> Page:
    return Page(problems_page())


@router.get("/problems/{code}", include_in_schema=False)
async def show_problem(request: Request, code: str) -> Page:
    if code not in PROBLEMS:
        raise not_found("kind of problem", code)
    return Page(problem_page(code, prefix=request.scope.get("root_path", "")))


@router.get("/assets/{digest}/{name}", include_in_schema=False)
async def get_asset(digest: str, name: str) -> File:
    asset = BY_ADDRESS.get(f"assets/{digest}/{name}")
    if asset is None:
        raise not_found("file", name)
    return File(asset, cache_control="public, max-age=31536000, immutable")


@router.get("/favicon.ico", include_in_schema=False)
async def get_icon() -> File:
    return File(ASSETS["icon.svg"], cache_control="public, max-age=86400")


@router.get("/openapi.json", include_in_schema=False)
async def get_openapi(request: Request) -> Document:
    return Document(_document_of(request.app))


def _document_of(app: FastAPI) -> bytes:
    """Returns the OpenAPI document as bytes, built at the first request and cached."""
    if not hasattr(app.state, "document"):
        app.state.document = json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
    document: bytes = app.state.document
    return document
