"""JSON lines of uvicorn, Celery and the application alike, with the id of the request that they are about."""

import logging
import logging.config
from contextvars import ContextVar

from pythonjsonlogger.core import RESERVED_ATTRS

from .settings import settings

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def configure() -> None:
    logging.captureWarnings(True)
    logging.config.dictConfig(
        {
            "version": 1,
            # uvicorn has made its loggers before it imports the application.
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": RequestId}},
            "formatters": {
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "fmt": "{asctime}{levelname}{name}{message}{request_id}",
                    "style": "{",
                    # uvicorn's message once more, for terminals.
                    "reserved_attrs": [*RESERVED_ATTRS, "color_message"],
                    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                    "static_fields": {"environment": settings().environment},
                }
            },
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stdout",
                    "formatter": "json",
                    "filters": ["request_id"],
                }
            },
            "root": {"level": settings().log_level, "handlers": ["stdout"]},
            "loggers": {
                name: {"level": settings().log_level, "handlers": [], "propagate": True}
                for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "celery")
            },
        }
    )
