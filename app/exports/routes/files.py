"""Endpoints of exports: each list as CSV and as JSON Lines, generated from the table of exports."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import Query as QueryParameters
from pydantic import Field, create_model
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.audit.trail import record_standalone
from app.auth.dependencies import require_reader
from app.core.dates import today
from app.core.errors import safe_repr
from app.core.schemas import QueryParams
from app.exports.formats.tables import BYTE_ORDER_MARK, columns_of, csv_head, csv_rows, json_lines
from app.exports.queries import EXPORTS, ExportStream, open_export
from app.http.request_id import trace_id_of
from app.http.routing import COMMON_HEADERS, Router, is_unchanged, read_engine_of

router = Router(prefix="/exports", tag="exports", requires=require_reader)

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class ForSpreadsheets(QueryParams):
    """CSV parameters beside the filters."""

    bom: Annotated[bool, Field(examples=[True])] = False
    """Begin the file with a byte order mark, by which spreadsheets detect UTF-8."""


class StreamedExport(StreamingResponse):
    """Streamed file; closes the snapshot when the file is sent.

    It is not cancelled when the client disconnects, since that would interrupt a fetch. `_written` checks between
    batches whether the client is still connected.
    """

    opened: AsyncExitStack

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            if scope.get("head"):
                # A HEAD request sends no body, so no rows are read.
                self.body_iterator = _nothing()
            await self.stream_response(send)
        finally:
            with CancelScope(shield=True):
                await self.opened.aclose()


async def _nothing() -> AsyncGenerator[str]:
    return
    yield ""


async def _written(request: Request, name: str, kind: str, opened: ExportStream, *, bom: bool) -> AsyncGenerator[str]:
    """Yields the file in batches until the client disconnects."""
    columns = columns_of(EXPORTS[name].shape)
    if kind == "csv":
        yield (BYTE_ORDER_MARK if bom else "") + csv_head(columns)
    async for rows in opened.batches:
        yield csv_rows(rows, columns) if kind == "csv" else json_lines(rows)
        if await request.is_disconnected():
            return


async def _export(request: Request, name: str, kind: str, query: Any, *, bom: bool = False) -> Response:
    async with AsyncExitStack() as stack:
        opened = await open_export(read_engine_of(request), name, query=query, stack=stack, form=f"{kind} {bom}")
        headers = COMMON_HEADERS | {"ETag": opened.tag}
        file = f"{name}-{today().isoformat()}.{kind}"
        headers["Content-Disposition"] = f'attachment; filename="{file}"'
        if is_unchanged(request, opened.tag):
            return Response(media_type=MEDIA_TYPES[kind], headers=headers)
        if not request.scope.get("head"):
            await record_standalone(
                request.app.state.write_engine,
                by=request.state.caller,
                operation=f"export_{name}_{kind}",
                record=None,
                trace_id=trace_id_of(request.scope),
                detail={"query": safe_repr(request.url.query, limit=2_000).strip('"')},
            )
        content = _written(request, name, kind, opened, bom=bom)
        stack.push_async_callback(opened.batches.aclose)
        stack.push_async_callback(content.aclose)
        streamed = StreamedExport(content, media_type=MEDIA_TYPES[kind], headers=headers)
        streamed.opened = stack.pop_all()
        return streamed
    raise AssertionError  # the block above returns


def _endpoint(name: str, kind: str) -> Callable[..., Any]:
    filters = EXPORTS[name].filters
    for_csv = create_model(f"{filters.__name__}OfCsv", __base__=(ForSpreadsheets, filters))

    async def export_csv(request: Request, query: Annotated[for_csv, QueryParameters()]) -> Response:
        values = {field: getattr(query, field) for field in filters.model_fields}
        return await _export(
            request, name, kind, filters.model_construct(**values), bom=bool(query.model_dump()["bom"])
        )

    async def export_json_lines(request: Request, query: Annotated[filters, QueryParameters()]) -> Response:  # type: ignore[valid-type] # likewise
        return await _export(request, name, kind, query)

    export: Callable[..., Any] = export_csv if kind == "csv" else export_json_lines
    what = "CSV: a header row, values that are no formulas" if kind == "csv" else "JSON Lines: one record on each line"
    export.__name__ = f"export_{name}_{kind}"
    export.__doc__ = f"Every row of /v1/{name.replace('_', '-')} that the filters pick, as {what}. Nothing is paged."
    return export


for _name in EXPORTS:
    for _kind, _media_type in MEDIA_TYPES.items():
        router.add_api_route(
            f"/{_name.replace('_', '-')}.{_kind}",
            _endpoint(_name, _kind),
            response_class=StreamedExport,
            responses={
                200: {
                    "description": "The file.",
                    "content": {_media_type.split(";")[0]: {"schema": {"type": "string", "format": "binary"}}},
                }
            },
        )
