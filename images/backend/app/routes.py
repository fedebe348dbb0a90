"""What users ask."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, HTTPException, Query
from kombu.exceptions import OperationalError as BrokerError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from .database import session
from .digest import MAX_ROUNDS, digest
from .logging import request_id
from .models import Task
from .tasks import enqueue

router = APIRouter()

# Postgres has no NUL in texts, and would answer with an error.
_Text = Annotated[str, Field(max_length=10_000, pattern="^[^\\x00]*$")]
_Rounds = Annotated[int, Field(ge=1, le=MAX_ROUNDS)]


class Wanted(BaseModel):
    text: _Text
    seconds: float = Field(default=0, ge=0, le=3600, allow_inf_nan=False)
    rounds: _Rounds = 1


class Accepted(BaseModel):
    id: UUID
    status: Literal["queued"] = "queued"


class State(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Literal["queued", "running", "done", "failed"]
    result: str | None
    runs: int


@router.post("/tasks", status_code=202)
def create(wanted: Wanted) -> Accepted:
    id = uuid4()
    with session() as s, s.begin():
        s.add(Task(id=id, request_id=request_id.get(), **wanted.model_dump()))
    try:
        enqueue(id, request_id.get())
    except BrokerError as error:
        raise HTTPException(
            503,
            f"task {id} is stored, and Redis does not take it now; it begins when Redis is back",
            {"Retry-After": "5"},
        ) from error
    return Accepted(id=id)


@router.get("/tasks/{id}")
def one(id: UUID) -> State:
    with session() as s:
        task = s.get(Task, id)
        if task is None:
            raise HTTPException(404, f"there is no task {id}")
        return State.model_validate(task)


@router.get("/tasks")
def newest(limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[State]:
    with session() as s:
        return [State.model_validate(t) for t in s.scalars(select(Task).order_by(Task.created_at.desc()).limit(limit))]


@router.get("/digest")
def of(text: _Text, rounds: _Rounds = 1) -> dict[str, str]:
    return {"result": digest(text, rounds)}
