"""Reforms: the laws and instruments under change that recommendations speak of."""

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, is_slug


class Reform(Base):
    __tablename__ = "reforms"
    __table_args__ = (is_slug(),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
