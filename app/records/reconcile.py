"""Row reconciliation: inserts missing rows, updates different ones, deletes stale ones, leaves the rest."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, update
from sqlalchemy import func as sql

from app.models import Base

Row = Mapping[str, Any]


@dataclass
class RowCounts:
    """Counts of inserted, updated and deleted rows."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.deleted


@dataclass
class Reconciler:
    """Reconciler of one load on one connection. Stale rows are deleted at the end, children before parents."""

    connection: Connection
    tally: RowCounts = field(default_factory=RowCounts)
    _later: list[Callable[[], None]] = field(default_factory=list)

    def rows(
        self,
        model: type[Base],
        wanted: Iterable[Row],
        *,
        within: ColumnElement[bool],
        keep: bool = False,
    ) -> set[tuple[Any, ...]]:
        """Reconciles the table's rows that match `within` with the wanted rows. Returns the keys of the changed rows.

        With `keep`, stale rows are left to the caller. Columns that a row does not name stay unchanged.
        """
        table: Table = model.__table__  # type: ignore[assignment] # every model here is a plain table
        keys = [column.name for column in table.primary_key]
        desired = {tuple(row[key] for key in keys): dict(row) for row in wanted}
        present = {
            tuple(row[key] for key in keys): row
            for row in self.connection.execute(select(table).where(within)).mappings()
        }
        missing = [row for key, row in desired.items() if key not in present]
        if missing:
            self.connection.execute(insert(table), missing)
        differing = {
            key: row
            for key, row in desired.items()
            if key in present and any(present[key][name] != value for name, value in row.items())
        }
        for key, row in differing.items():
            self.connection.execute(update(table).where(_is(table, keys, key)).values(**row))
        gone = [] if keep else [key for key in present if key not in desired]
        if gone:
            self._later.append(lambda: self._take_out(table, keys, gone))
        self.tally.inserted += len(missing)
        self.tally.updated += len(differing)
        return {*(key for key in desired if key not in present), *differing, *gone}

    def finish(self) -> RowCounts:
        """Deletes the stale rows. Returns the counts."""
        for take_out in reversed(self._later):
            take_out()
        return self.tally

    def touch(self, model: type[Base], ids: set[str]) -> None:
        """Sets `updated_at` of the records to now."""
        table: Table = model.__table__  # type: ignore[assignment] # every model here is a plain table
        if ids:
            self.connection.execute(update(table).where(table.c.id.in_(ids)).values(updated_at=sql.now()))

    def _take_out(self, table: Table, keys: list[str], gone: list[tuple[Any, ...]]) -> None:
        for key in gone:
            self.connection.execute(delete(table).where(_is(table, keys, key)))
        self.tally.deleted += len(gone)


def _is(table: Table, keys: list[str], key: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in zip(keys, key, strict=True)))
