"""API keys. Only an HMAC of each key is stored, never the secret."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, matches, one_of
from app.vocabulary import Marking, Role

_ROLES = ", ".join(f"'{role.value}'" for role in Role)


class ApiKey(Base):
    """API key. Its secret is shown once and not stored, only its HMAC under the server's secret."""

    __tablename__ = "api_keys"
    __table_args__ = (
        matches("id", "^[0-9a-f]{12}$", name="id_is_hexadecimal"),
        matches("digest", "^[0-9a-f]{64}$", name="digest_is_hexadecimal"),
        CheckConstraint(f"roles <@ ARRAY[{_ROLES}] AND cardinality(roles) > 0", name="roles_are_words"),
        one_of("clearance", Marking),
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("person <> ''", name="has_a_person"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("num_nulls(revoked_at, revoked_by) IN (0, 2)", name="revoked_by_someone"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    person: Mapped[str]
    """Responsible person, as entered."""
    digest: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    clearance: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    last_used_at: Mapped[datetime | None]
    """Time of the last use. A background task writes it, so it is up to a minute behind."""
