"""Endpoint of citations."""

from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import PlainTextResponse

from app.auth.dependencies import require_reader
from app.citations import queries
from app.citations.formats import FORMATS
from app.citations.schemas import MEDIA_TYPES, SHAPES, CitationQuery
from app.core.schemas import RECORD_ID_MOST
from app.http.problems import Problem
from app.http.routing import ReadConnection, Router

router = Router(prefix="/citations", tag="citations", requires=require_reader, cacheable=True)

RecordId = Annotated[
    str,
    Path(
        pattern=r"^([0-9]{2}[A-Z]+[0-9]+(-[A-Z]{0,3}[0-9]{1,6}(-[0-9]{1,2})?)?|[a-z0-9]+(-[a-z0-9]+)*(-EA?[0-9]{2,4})?)$",
        max_length=RECORD_ID_MOST,
        description=(
            "Id of a cable, roundtable, panel, participation, recommendation, follow-up, concern, statistic or event; "
            "for a paragraph, the cable's id and the label: `07BEIJING7192-35-2`."
        ),
        examples=["07BEIJING7192-R003"],
    ),
]


@router.get(
    "/{record_id}",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {MEDIA_TYPES[form]: {"schema": shape} for form, shape in SHAPES.items()}},
        410: {"model": Problem, "description": "The record was withdrawn."},
    },
)
async def get_citation(
    record_id: RecordId, query: Annotated[CitationQuery, Query()], connection: ReadConnection
) -> Response:
    """Citation of a record: the paragraph and exact words, or the web page with the day on which it was read."""
    cited = await queries.get_cited(connection, record_id)
    return Response(FORMATS[query.format](cited), media_type=MEDIA_TYPES[query.format])
