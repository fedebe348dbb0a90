"""What the environment says, read once; a mistake in it is one line and exit code 2, not a stack trace."""

import sys
from functools import cache
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings


class DatabaseSettings(BaseSettings):
    """All that a migration is given."""

    database_url: str

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, url: str) -> str:
        scheme, apart, rest = url.partition("://")
        if not apart or scheme not in ("postgresql", "postgres"):
            # Never the value: a password is in it.
            raise ValueError("must begin with postgresql://")
        # SQLAlchemy would take psycopg2 by default.
        return f"postgresql+psycopg://{rest}"


class Settings(DatabaseSettings):
    environment: str = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    cors_origins: str = ""
    redis_url: str = Field(pattern="^rediss?://")
    metrics_port: int = Field(default=9090, ge=1, le=65535)
    heartbeat_file: str | None = None
    # As long as a killed worker's task waits.
    task_visibility_timeout: int = Field(default=600, ge=1)

    @property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]


_Kind = TypeVar("_Kind", bound=BaseSettings)


def _read(kind: type[_Kind]) -> _Kind:
    try:
        return kind()
    except ValidationError as error:
        problems = (f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        print(f"the environment is not as app/settings.py wants it: {'; '.join(problems)}", file=sys.stderr)
        raise SystemExit(2) from None


@cache
def settings() -> Settings:
    return _read(Settings)


@cache
def database_settings() -> DatabaseSettings:
    return _read(DatabaseSettings)
