"""Requests at a constant rate, as users send them: they do not wait for each other's answers."""

import asyncio
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from .cluster import RealCluster

_TIMEOUT = 15


@dataclass
class Load:
    """What became of the requests that were sent.

    answers: how many of each status or, where there was none, of each error.
    seconds: how long each answer took.
    failures: when, in seconds from the first, and what, of each that was not answered with 200.
    """

    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: list[tuple[float, str]] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return self.answers.total()

    def percentile(self, share: float) -> float:
        """Seconds within which this share of all were answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def __str__(self) -> str:
        times = ", ".join(f"{name} {self.percentile(share):.3f} s" for name, share in _SHARES) if self.seconds else ""
        return f"{self.sent} sent, answers {dict(self.answers)}, {times}; failures {self.failures[:10]}"


_SHARES = (("median", 0.5), ("99 %", 0.99), ("longest", 1))


@contextmanager
def load(cluster: RealCluster, url: str, *, per_second: float = 50, authority: str) -> Iterator[Load]:
    """Requests for as long as the `with` lasts; at its end all that were sent have been answered or given up.

    authority: PEM of whom the site's certificate is verified with.
    """
    result, done = Load(), threading.Event()

    def run() -> None:
        with cluster.outside():
            asyncio.run(_send(cluster.address, url, per_second, authority, result, done))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield result
    finally:
        done.set()
        thread.join()


async def _send(address: str, url: str, per_second: float, authority: str, result: Load, done: threading.Event) -> None:
    begin = time.monotonic()
    async with client(address, authority) as users, asyncio.TaskGroup() as requests:
        for number in range(10**9):
            if done.is_set():
                return
            await asyncio.sleep(max(0.0, begin + number / per_second - time.monotonic()))
            requests.create_task(_ask(users, url, begin, result))


async def _ask(users: httpx.AsyncClient, url: str, begin: float, result: Load) -> None:
    sent = time.monotonic()
    try:
        answer = await users.get(url)
        said = str(answer.status_code)
    except httpx.HTTPError as error:
        said = f"{type(error).__name__} {error}".strip()
    result.answers[said] += 1
    result.seconds.append(time.monotonic() - sent)
    if said != "200":
        result.failures.append((round(sent - begin, 2), said))


class _ToTheIngress(httpx.AsyncHTTPTransport):
    """Every host's address is the ingress controller's; name and certificate are the host's own."""

    def __init__(self, address: str, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, limits=httpx.Limits(max_connections=None))
        self._address = address

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=self._address)
        return await super().handle_async_request(request)


def client(address: str, authority: str) -> httpx.AsyncClient:
    verify = ssl.create_default_context(cadata=authority)
    return httpx.AsyncClient(transport=_ToTheIngress(address, verify), timeout=_TIMEOUT)
