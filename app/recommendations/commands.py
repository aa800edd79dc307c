"""What is done with recommendations by those above: keeping what the register says of them."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, literal_column, select
from sqlalchemy.dialects.postgresql import JSON

from app.models import RecommendationVersion
from app.recommendations.queries import content_of


def keep_versions(connection: Connection, ids: Iterable[str]) -> None:
    """Keeps published recommendations as they are answered now, beside what they were before.

    To be called in the transaction that changed them, when all of it is written.
    """
    wanted = sorted(set(ids))
    if wanted:
        found = content_of(wanted).subquery()
        content, record = found.c
        rows = select(record, content.cast(JSON), literal_column("clock_timestamp()"))
        columns = ["recommendation_id", "content", "recorded_at"]
        connection.execute(insert(RecommendationVersion).from_select(columns, rows))
