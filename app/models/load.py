"""Loads of the data folder, with the fingerprint of its state."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Load(Base):
    """One load. The fingerprint of the newest one shows if the data has to be loaded again."""

    __tablename__ = "loads"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Digest of every file of the data folder and of the code that reads them."""
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
