"""Endpoints of exports: each list as CSV and as JSON Lines, generated from the table of exports."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, ExitStack
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import Query as QueryParameters
from pydantic import Field, create_model
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.audit_api.recording import record_export
from app.auth.dependencies import require_reader
from app.core.dates import today
from app.core.schemas import QueryParams
from app.core.spool import Spool
from app.exports.formats.tables import BYTE_ORDER_MARK, columns_of, csv_head, csv_rows, json_lines
from app.exports.queries import EXPORTS, ExportLimits, ExportStream, open_export
from app.http.routing import COMMON_HEADERS, Router, is_unchanged, read_engine_of

router = Router(prefix="/exports", tag="exports", requires=require_reader)

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class ForSpreadsheets(QueryParams):
    """CSV parameters beside the filters."""

    bom: Annotated[bool, Field(examples=[True])] = False
    """Begin the file with a byte order mark, by which spreadsheets detect UTF-8."""


class StreamedExport(StreamingResponse):
    """Streamed file. Its rows are read into a spool at the database's speed, and sent at that of the client.

    So the client cannot hold the snapshot. Reading is not cancelled when the client disconnects, since that would
    interrupt a fetch: it ends after the current batch.
    """

    content: AsyncGenerator[str]
    reading: AsyncExitStack
    """Closes the snapshot, as soon as all rows are read."""
    file: ExitStack
    """Releases the place of the file."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.file, Spool() as spool:
            if scope.get("head"):
                # No rows are read, since a HEAD request sends no body.
                await self.reading.aclose()
                await self.stream_response(send)
                return
            self.body_iterator = _sent(Request(scope, receive), spool)
            filling = asyncio.create_task(self._fill(spool))
            try:
                await self.stream_response(send)
            finally:
                spool.abandon()
                with CancelScope(shield=True):
                    await filling

    async def _fill(self, spool: Spool) -> None:
        async with self.reading:
            await spool.fill(part.encode() async for part in self.content)


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""


async def _sent(request: Request, spool: Spool) -> AsyncGenerator[bytes]:
    """Yields the file until the client disconnects."""
    async for part in spool.read():
        yield part
        if await request.is_disconnected():
            return


async def _written(name: str, kind: str, opened: ExportStream, *, bom: bool) -> AsyncGenerator[str]:
    """Yields the file in batches."""
    columns = columns_of(EXPORTS[name].shape)
    if kind == "csv":
        yield (BYTE_ORDER_MARK if bom else "") + csv_head(columns)
    async for rows in opened.batches:
        yield csv_rows(rows, columns) if kind == "csv" else json_lines(rows)


async def _export(request: Request, name: str, kind: str, query: Any, *, bom: bool = False) -> Response:
    limits: ExportLimits = request.app.state.export_limits
    async with AsyncExitStack() as reading:
        asked = open_export(read_engine_of(request), name, query=query, form=f"{kind} {bom}", limits=limits)
        opened = await reading.enter_async_context(asked)
        headers = COMMON_HEADERS | {"ETag": opened.tag}
        file_name = f"{name}-{today().isoformat()}.{kind}"
        headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
        if is_unchanged(request, opened.tag):
            return Response(media_type=MEDIA_TYPES[kind], headers=headers)
        with ExitStack() as file:
            if not request.scope.get("head"):
                file.enter_context(limits.file())
                await record_export(request, f"export_{name}_{kind}")
            content = _written(name, kind, opened, bom=bom)
            reading.push_async_callback(content.aclose)
            streamed = StreamedExport(_nothing(), media_type=MEDIA_TYPES[kind], headers=headers)
            streamed.content, streamed.reading, streamed.file = content, reading.pop_all(), file.pop_all()
            return streamed
    raise AssertionError  # the block above returns


def _csv_endpoint(name: str) -> Callable[..., Any]:
    filters = EXPORTS[name].filters
    # All its fields are inherited. To look for docstrings of others takes a third of the time to import the service.
    no_docstrings = {"use_attribute_docstrings": False}
    for_csv = create_model(
        f"{filters.__name__}OfCsv", __base__=(ForSpreadsheets, filters), __cls_kwargs__=no_docstrings
    )

    async def export_csv(request: Request, query: Annotated[for_csv, QueryParameters()]) -> Response:
        values = {field: getattr(query, field) for field in filters.model_fields}
        return await _export(
            request, name, "csv", filters.model_construct(**values), bom=bool(query.model_dump()["bom"])
        )

    return export_csv


def _json_lines_endpoint(name: str) -> Callable[..., Any]:
    filters = EXPORTS[name].filters

    async def export_json_lines(request: Request, query: Annotated[filters, QueryParameters()]) -> Response:  # type: ignore[valid-type] # of the table
        return await _export(request, name, "jsonl", query)

    return export_json_lines


_ENDPOINTS = {
    "csv": (_csv_endpoint, "CSV: a header row, values that are no formulas"),
    "jsonl": (_json_lines_endpoint, "JSON Lines: one record on each line"),
}
"""Builder of the endpoint of each file format, and the words for the format in its description."""


def _endpoint(name: str, kind: str) -> Callable[..., Any]:
    build, what = _ENDPOINTS[kind]
    export = build(name)
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
