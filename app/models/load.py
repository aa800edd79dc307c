"""Loads: which state of the data folder the rows were made from."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Load(Base):
    """One load. The newest one's fingerprint tells whether there is anything to load."""

    __tablename__ = "loads"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Digest of every file of the data folder and of the code that reads them."""
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
