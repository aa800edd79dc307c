"""Endpoints of cables, paragraphs and the stored source."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import require_reader
from app.cables import queries
from app.cables.schemas import CableOut, CablePage, CableQuery, ParagraphOut, ParagraphPage, ParagraphQuery
from app.http.responses import RawJsonResponse, SourceTextResponse, page_response
from app.http.routing import ReadConnection, Router

router = Router(prefix="/cables", tag="cables", requires=require_reader, cacheable=True)

CableId = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{2}[A-Z]+[0-9]+$",
        max_length=40,
        description="Reference id: year, post, serial.",
        examples=["07BEIJING7192"],
    ),
]
Label = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{1,4}(-[0-9]{1,2})?$",
        max_length=8,
        description="Printed number of the paragraph; the second paragraph with this number is, for example, `35-2`.",
        examples=["5"],
    ),
]


@router.get("")
async def list_cables(query: Annotated[CableQuery, Query()], connection: ReadConnection) -> RawJsonResponse[CablePage]:
    """Cables in the register, each with its header, the damage of its stored copy, and its misprints."""
    return page_response(await queries.find_cables(connection, query))


@router.get("/{cable_id}")
async def get_cable(cable_id: CableId, connection: ReadConnection) -> RawJsonResponse[CableOut]:
    """One cable.

    A header field lost in the stored copy has status `absent`, with the value and origin that another copy shows.
    """
    return RawJsonResponse(await queries.get_cable(connection, cable_id))


@router.get("/{cable_id}/paragraphs")
async def list_paragraphs(
    cable_id: CableId, query: Annotated[ParagraphQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[ParagraphPage]:
    """Numbered paragraphs of a cable, in printed order."""
    return page_response(await queries.find_paragraphs(connection, cable_id, query=query))


@router.get("/{cable_id}/paragraphs/{label}")
async def get_paragraph(cable_id: CableId, label: Label, connection: ReadConnection) -> RawJsonResponse[ParagraphOut]:
    """One paragraph by its label."""
    return RawJsonResponse(await queries.get_paragraph(connection, cable_id, label=label))


@router.get("/{cable_id}/source", response_class=SourceTextResponse)
async def get_source(cable_id: CableId, connection: ReadConnection) -> SourceTextResponse:
    """Stored copy of the cable, byte for byte, including page chrome and damage. The ETag is its sha256."""
    text, digest = await queries.get_source(connection, cable_id)
    return SourceTextResponse(text, digest=digest)
