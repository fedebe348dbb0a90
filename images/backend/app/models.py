"""Tables."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Task(Base):
    """A row is written before its message is sent: Redis may lose messages, and Postgres says which."""

    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    text: Mapped[str] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(default=0)
    rounds: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(Text, default="queued")
    result: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(default=0)
    request_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # When it was last sent or begun.
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
