"""Idempotency keys with the stored responses."""

from datetime import datetime

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class IdempotencyKey(Base):
    """Response to one request. `http.idempotency` reads and writes it; it expires after a day."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[bytes]
    """SHA-256 of method, address and body."""
    status: Mapped[int]
    headers: Mapped[str]
    body: Mapped[bytes | None]
    """Body of the response; null if it contained a secret."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
