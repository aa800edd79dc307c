"""What a reader may see, as conditions on selects."""

from sqlalchemy import ColumnElement

from app.models import Recommendation
from app.vocabulary import Publication


def published(recommendation: type[Recommendation] = Recommendation) -> ColumnElement[bool]:
    """Recommendations past review, and not withdrawn since."""
    return recommendation.publication == Publication.PUBLISHED
