"""Requests at a constant rate, as users send them: they do not wait for each other's answers."""

import asyncio
import itertools
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from .cluster import RealCluster

_TIMEOUT = 15


@dataclass(frozen=True)
class Question:
    """What a user sends."""

    url: str
    method: str = "GET"
    json: Mapping[str, object] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass(frozen=True)
class Answer:
    """What came of one question.

    sent: when, of time.monotonic. seconds: how long it took.
    said: the status or, where there was none, the error.
    json: what the body said, of POST only.
    """

    question: Question
    sent: float
    seconds: float
    said: str
    json: Mapping[str, object] | None = None

    @property
    def failed(self) -> bool:
        return not self.said.startswith("2")

    def in_hand(self, since: float, until: float) -> bool:
        """Sent and not answered at some moment between the two."""
        return self.sent <= until and self.sent + self.seconds >= since


@dataclass
class Load:
    """What became of the requests that were sent.

    asked: how many those are; answers has the ones that are answered or given up.
    """

    asked: int = 0
    begin: float = field(default_factory=time.monotonic)
    answers: list[Answer] = field(default_factory=list)
    phases: list[tuple[str, float]] = field(default_factory=list)

    def phase(self, name: str) -> None:
        """From now on the table of the answers counts under this name."""
        self.phases.append((name, time.monotonic()))

    @property
    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.failed]

    def __str__(self) -> str:
        """A table of all phases, and what each failure was."""
        rows = [("", "seconds", "sent", "failed", *(name for name, _ in _SHARES))]
        begins = self.phases or [("all", self.begin)]
        ends = [*(begin for _, begin in begins[1:]), time.monotonic()]
        for (name, begin), end in zip(begins, ends, strict=True):
            answers = [answer for answer in self.answers if begin <= answer.sent < end]
            failed = sum(answer.failed for answer in answers)
            times = _percentiles(answers)
            rows.append((name, f"{end - begin:.0f}", str(len(answers)), str(failed), *times))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        kinds = Counter(f"{failure.question}: {failure.said}" for failure in self.failures)
        return "\n".join([*table, *(f"{number} × {kind}" for kind, number in kinds.most_common(20))])


_SHARES = (("median", 0.5), ("99 %", 0.99), ("longest", 1))


def _percentiles(answers: Sequence[Answer]) -> list[str]:
    """The time within which each share of _SHARES was answered."""
    ordered = sorted(answer.seconds for answer in answers)
    if not ordered:
        return ["-" for _ in _SHARES]
    return [f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.3f} s" for _, share in _SHARES]


@contextmanager
def load(
    cluster: RealCluster, *questions: Question, per_second: float, authority: str, limit: int | None = None
) -> Iterator[Load]:
    """Questions, one after another and from the first again, for as long as the `with` lasts.

    At its end all that were sent have been answered or given up.
    limit: no more than so many.
    authority: PEM of whom the site's certificate is verified with.
    """
    result, done, endless = Load(), threading.Event(), itertools.islice(itertools.cycle(questions), limit)

    def run() -> None:
        with cluster.outside():
            asyncio.run(_send(cluster.address, endless, per_second, authority, result, done))

    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(run)
        try:
            yield result
        finally:
            done.set()
            # What broke the sender must not look like silence.
            sending.result()


async def _send(
    address: str,
    questions: Iterable[Question],
    per_second: float,
    authority: str,
    result: Load,
    done: threading.Event,
) -> None:
    async with client(address, authority) as users, asyncio.TaskGroup() as requests:
        for number, question in enumerate(questions):
            # By the clock and not by the pause: a machine that is slow for a moment is caught up with.
            await asyncio.sleep(max(0.0, result.begin + number / per_second - time.monotonic()))
            if done.is_set():
                return
            result.asked += 1
            requests.create_task(_ask(users, question, result))


async def _ask(users: httpx.AsyncClient, question: Question, result: Load) -> None:
    sent, body = time.monotonic(), None
    try:
        answer = await users.request(question.method, question.url, json=question.json)
        said = str(answer.status_code)
        if question.method == "POST" and answer.is_success:
            body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        said = f"{type(error).__name__} {error}".strip()
    result.answers.append(Answer(question, sent, time.monotonic() - sent, said, body))


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
