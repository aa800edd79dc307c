"""Version snapshots of recommendations, for the rooms above that change them."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, literal_column, select
from sqlalchemy.dialects.postgresql import JSON

from app.models import RecommendationVersion
from app.recommendations.queries import content_of


def keep_versions(connection: Connection, ids: Iterable[str]) -> None:
    """Stores the published recommendations as they are served now, as new versions beside the earlier ones.

    Call it in the transaction that changed them, after all changes are written.
    """
    wanted = sorted(set(ids))
    if wanted:
        found = content_of(wanted).subquery()
        content, record = found.c
        rows = select(record, content.cast(JSON), literal_column("clock_timestamp()"))
        columns = ["recommendation_id", "content", "recorded_at"]
        connection.execute(insert(RecommendationVersion).from_select(columns, rows))
