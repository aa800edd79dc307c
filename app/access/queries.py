"""What a reader may see, as conditions on selects."""

from sqlalchemy import ColumnElement

from app.models import Recommendation, SearchEntry
from app.vocabulary import Publication


def published(of: type[Recommendation] | type[SearchEntry] = Recommendation) -> ColumnElement[bool]:
    """Recommendations past review, and not withdrawn since; or search entries of such."""
    return of.publication == Publication.PUBLISHED
