"""Addresses of pages, of what they are made of, and of the OpenAPI document. None of them asks the database."""

import json

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import PROBLEMS, not_found
from app.core.http.routing import Router
from app.pages.assets import ASSETS, BY_ADDRESS, Asset
from app.pages.interface import docs_page, reference_page
from app.pages.landing import landing_page
from app.pages.problems import problem_page, problems_page

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
OWN = f"{NOTHING}; style-src 'self'; img-src 'self'"
"""What our own pages may load: their style sheet and icon."""
SCRIPTED = f"{NOTHING}; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'"
"""What Swagger UI needs. Its icons are data addresses in its style sheet."""
# Redoc makes style elements: empty ones, which its script fills rule by rule, and one of its scroll bar. Each is
# allowed by the digest of its text alone. Its search runs in a worker that it makes from a text of its own.
REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
WITH_REDOC = " ".join((SCRIPTED, *REDOC_STYLES)) + "; worker-src blob:"

router = Router(tag="pages")


class Page(Response):
    """A page under a Content-Security-Policy of its own."""

    media_type = "text/html"

    def __init__(self, html: str, *, policy: str = OWN) -> None:
        guards = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", **SNIFFED_BY_NOBODY}
        super().__init__(html, headers=guards)


SNIFFED_BY_NOBODY = {"X-Content-Type-Options": "nosniff"}


class File(Response):
    """A file known by its digest."""

    def __init__(self, asset: Asset, *, kept: str) -> None:
        headers = {"ETag": f'"{asset.digest}"', "Cache-Control": kept, **SNIFFED_BY_NOBODY}
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
    return File(asset, kept="public, max-age=31536000, immutable")


@router.get("/favicon.ico", include_in_schema=False)
async def get_icon() -> File:
    return File(ASSETS["icon.svg"], kept="public, max-age=86400")


@router.get("/openapi.json", include_in_schema=False)
async def get_openapi(request: Request) -> Document:
    return Document(_document_of(request.app))


def _document_of(app: FastAPI) -> bytes:
    """The bytes of the document, made at the first request and kept."""
    if not hasattr(app.state, "document"):
        app.state.document = json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
    kept: bytes = app.state.document
    return kept
