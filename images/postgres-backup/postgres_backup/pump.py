"""What pg_dump writes: to whoever asks for the parts, and at the same time to pg_restore, whose rows are counted."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Self

from .counting import Counter
from .failure import Failure
from .programs import Running

# Read and written at once.
_PIECE = 2**18

# Seconds that a thread has to end when its program was told to.
_PATIENCE = 5

# Parts that wait to be sent, beside the one that is under way and the one that is being filled.
_WAITING = 1


class Pump:
    """Iterates over the parts of a dump, in order; at its end the dump is whole and was read back.

    pg_dump waits when parts are not taken, for they are kept in memory. Threads do the work, so that a signal finds the
    main one between two parts or in a request, and not in a lock.

    Raises:
        Failure: at once when one of the programs fails, with its last words.
    """

    def __init__(self, pg_dump: Running, pg_restore: Running, counter: Counter, part_size: int) -> None:
        self._pg_dump, self._pg_restore, self._part_size = pg_dump, pg_restore, part_size
        self._parts = Queue[bytes | None](_WAITING)
        self._counter, self._copied = counter, False
        self._bug: BaseException | None = None
        # Daemons: one that waits for a program that does not end keeps nobody else from ending.
        self._copying = Thread(target=self._copy, daemon=True)
        self._counting = Thread(target=self._count, daemon=True)

    def __enter__(self) -> Self:
        self._counting.start()
        self._copying.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # The programs first: each thread ends when its program has.
        for program in (self._pg_dump, self._pg_restore):
            program.process.terminate()
        deadline = time.monotonic() + _PATIENCE
        while self._copying.is_alive() and time.monotonic() < deadline:
            with suppress(Empty):
                self._parts.get(timeout=0.05)
        self._counting.join(_PATIENCE)

    def __iter__(self) -> Iterator[bytes]:
        while (part := self._parts.get()) is not None:
            yield part
        if self._bug:
            raise self._bug
        if self._copied:
            # First: what was cut off cannot be read back either, and why it was tells more.
            self._pg_dump.finish()
        try:
            self._pg_restore.finish()
        except Failure as failure:
            raise Failure(f"the dump cannot be read back: {failure}") from None
        if not self._copied:
            raise Failure("the dump cannot be read back: pg_restore ended with 0 before it had read all of it")
        self._counting.join()
        if self._bug:
            raise self._bug

    def _copy(self) -> None:
        part = bytearray()
        source, sink = self._pg_dump.output.fileno(), self._pg_restore.input
        try:
            while piece := os.read(source, _PIECE):
                sink.write(piece)
                part += piece
                if len(part) >= self._part_size:
                    self._parts.put(bytes(part))
                    part.clear()
            sink.close()
            if part:
                self._parts.put(bytes(part))
            self._copied = True
        except BrokenPipeError:
            pass  # pg_restore has ended, and tells why.
        except BaseException as bug:
            self._bug = bug
        finally:
            # Whatever happened: who waits for a part, or for what is read back, must not wait for ever.
            with suppress(BrokenPipeError):
                sink.close()
            self._parts.put(None)

    def _count(self) -> None:
        output = self._pg_restore.output.fileno()
        while piece := os.read(output, _PIECE):
            # Read on after a bug, or pg_restore would wait for ever.
            if self._bug is None:
                try:
                    self._counter.feed(piece)
                except BaseException as bug:
                    self._bug = bug
