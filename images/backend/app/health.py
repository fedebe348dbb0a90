"""What the kubelet asks.

Neither asks Postgres or Redis. All pods share them: if they failed `/ready`, one blip of Postgres would take all pods
out of the Service at once, and users would get the proxy's 503 for everything, also for what needs no database, and
until the probes have succeeded again. As it is, a request that needs Postgres gets our own 503 while it is away. Both
run in the event loop, not in a thread: threads that wait for Postgres must not make a pod look hung.
"""

from fastapi import APIRouter

router = APIRouter()


@router.get("/health")
async def health() -> dict[str, str]:
    """The event loop turns."""
    return {"status": "ok"}


@router.get("/ready")
async def ready() -> dict[str, str]:
    """The application has started: uvicorn listens only then, and stops listening at SIGTERM."""
    return {"status": "ok"}
