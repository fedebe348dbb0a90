"""The web application: `uvicorn app.main:app`."""

import logging as log
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from prometheus_client import start_http_server
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from . import health, logging, routes
from .requests import Requests
from .settings import settings

logging.configure()


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    # Ends after the last request that was in flight, so those are counted too.
    server, thread = start_http_server(settings().metrics_port)
    yield
    server.shutdown()
    server.server_close()
    thread.join()


app = FastAPI(title="RevRx", lifespan=_lifespan)
app.include_router(health.router)
app.include_router(routes.router)
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings().origins,
    allow_methods=["*"],
    allow_headers=["*"],
    expose_headers=["X-Request-ID"],
)
app.add_middleware(Requests)


@app.exception_handler(OperationalError)
@app.exception_handler(PoolTimeout)
async def _without_database(_: Request, error: Exception) -> JSONResponse:
    log.getLogger(__name__).error("Postgres does not answer: %s", str(error).splitlines()[0])
    return JSONResponse({"detail": "the database does not answer; try again"}, 503, {"Retry-After": "5"})
