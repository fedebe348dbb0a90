"""Programs, started stage by stage and ended in the reverse order."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import psutil
import watchfiles

from .failure import NotStartedError
from .leftovers import Ledger, Started
from .program import Program
from .screen import Screen

Stages = Sequence[Sequence[Program]]

_READY_WITHIN = 180.0
_LAST_LINES = 15
# What a program tells a terminal of its own: to clear it, to move. Colours stay.
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]")
# After the signal that allows no delay.
_HURRY = 5.0
_QUIET = 3.0
_LOOK_EVERY = 0.05


class _Running:
    """A program's process, and the last that it said."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, screen: Screen) -> None:
        self.program, self.process = program, process
        self.lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._screen = screen
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout
        rest = b""
        while chunk := await self.process.stdout.read(2**16):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(line)
        if rest:
            self._say(rest)

    def _say(self, line: bytes) -> None:
        text = _MOVES.sub("", line.decode(errors="replace").rstrip("\r"))
        if text or not line:  # not what only hid the cursor
            self.lines.append(text)
            self._screen.say(text, self.program.name)

    async def ended(self) -> None:
        """Its own end. asyncio's wait() is for its output's too, which a child of it may hold open for ever."""
        while self.process.returncode is None:
            await asyncio.sleep(_LOOK_EVERY)

    async def read_all(self) -> None:
        """What it has said. A child that outlives it may hold its output open: not for that."""
        await asyncio.wait([self._reader], timeout=1)

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def told(self) -> str:
        code = self.process.returncode or 0
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        said = "".join(f"\n  {line}" for line in self.lines)
        return f"{self.program.name} {how}" + (f"; its last lines:{said}" if said else " and said nothing")


class Run:
    """One run of all programs. folder: where the ledger of its processes is; lock: that its guard is to hold."""

    def __init__(self, stages: Stages, folder: Path, lock: int, screen: Screen) -> None:
        self._stages, self._screen = stages, screen
        self._ledger = Ledger(folder)
        self._running: dict[str, _Running] = {}
        self._started: dict[str, Started] = {}
        self._starting: set[asyncio.Task[_Running]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "development.leftovers", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[1],
            pass_fds=[lock],
            start_new_session=True,
        )

    async def __call__(self) -> str | None:
        """Until Ctrl-C, SIGTERM or the terminal's end. Gives what else ended it."""
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        self._failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop, number)
        self._screen.when_gone = self._stop.set
        tasks = [asyncio.create_task(work) for work in (self._start_all(), *self._watch_all())]
        for task in tasks:
            task.add_done_callback(self._stop_for_a_bug)
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        self._screen.say("stopping; Ctrl-C again kills what is slow")
        await self._stop_all()
        for bug in ended:
            if isinstance(bug, Exception):
                raise bug
        return self._failed.result() if self._failed.done() else None

    def close(self) -> None:
        assert self._guard.stdin
        self._guard.stdin.close()
        self._guard.wait()

    def _asked_to_stop(self, number: signal.Signals) -> None:
        # A terminal that is closed may say so more than once.
        if self._stop.is_set() and number != signal.SIGHUP:
            self._hurry.set()
        self._stop.set()

    def _stop_for_a_bug(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._stop.set()

    def _fail(self, told: str) -> None:
        if not self._stop.is_set():
            self._screen.say(told.partition("\n")[0].removesuffix("; its last lines:"))
            self._failed.set_result(told)
            self._stop.set()

    async def _start_all(self) -> None:
        begun = time.monotonic()
        for stage in self._stages:
            try:
                # Those of a stage start together, and none goes on when one fails.
                async with asyncio.TaskGroup() as group:
                    for program in stage:
                        group.create_task(self._bring_up(program))
            except ExceptionGroup as errors:
                known, bugs = errors.split((NotStartedError, OSError))
                if bugs:
                    raise bugs from None
                assert known
                return self._fail("\n".join(map(str, known.exceptions)))
        programs = [program for stage in self._stages for program in stage if program.told]
        width = max((len(program.name) for program in programs), default=0)
        told = "".join(f"\n  {program.name:<{width}}  {program.told}" for program in programs)
        self._screen.say(f"all is ready after {time.monotonic() - begun:.0f} s; Ctrl-C ends it{told}")
        return None

    async def _bring_up(self, program: Program) -> None:
        await asyncio.to_thread(program.prepare)
        running = await self._start(program)
        if program.ready is None:
            await running.ended()
            await running.read_all()
            self._forget(running)
            if running.process.returncode:
                raise NotStartedError(running.told)
            return
        self._note(self._see_it_end(running, restarted=False))
        until = time.monotonic() + _READY_WITHIN
        while not await asyncio.to_thread(program.ready):
            if time.monotonic() > until:
                raise NotStartedError(f"{program.name} does not serve {_READY_WITHIN:.0f} s after its start")
            await asyncio.sleep(0.1)

    async def _start(self, program: Program) -> _Running:
        # Shielded: cancelled between its start and our note of it, nobody would end it.
        starting = asyncio.create_task(self._start_noted(program))
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)
        return await asyncio.shield(starting)

    async def _start_noted(self, program: Program) -> _Running:
        try:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us: we end them in their order.
                start_new_session=True,
            )
        except OSError as error:
            raise NotStartedError(f"{program.name}: {program.command[0]} does not start: {error.strerror}") from error
        running = self._running[program.name] = _Running(program, process, self._screen)
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended at once, as _see_it_end tells
            self._started[program.name] = Started(
                program.name,
                process.pid,
                psutil.Process(process.pid).create_time(),
                program.ends_by,
                program.patience,
            )
        self._ledger.write(self._started.values())
        return running

    def _note(self, work: Coroutine[Any, Any, None]) -> None:
        """A task that nobody waits for would be collected before its end."""
        task = asyncio.create_task(work)
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
        task.add_done_callback(self._stop_for_a_bug)

    async def _see_it_end(self, running: _Running, *, restarted: bool) -> None:
        await running.ended()
        if self._stop.is_set() or self._running.get(running.program.name) is not running:
            return
        await running.read_all()
        if restarted:
            # A file saved half written is no reason to end everything.
            self._screen.say(f"{running.told}\nit starts again when a file is saved")
        else:
            self._fail(running.told)

    def _watch_all(self) -> list[Coroutine[Any, Any, None]]:
        return [self._watch(p, p.saved) for stage in self._stages for p in stage if p.saved]

    async def _watch(self, program: Program, folder: Path) -> None:
        async for _ in watchfiles.awatch(folder, watch_filter=watchfiles.PythonFilter()):
            if running := self._running.get(program.name):
                self._screen.say(f"{program.name} starts anew, for a file was saved")
                del self._running[program.name]  # that it ends is no failure now
                await self._end(running)
                try:
                    again = await self._start(program)
                except NotStartedError as error:
                    return self._fail(str(error))
                self._note(self._see_it_end(again, restarted=True))
        return None

    async def _stop_all(self) -> None:
        """The latest stage first. What a stage's programs still say is printed."""
        await asyncio.gather(*self._starting, return_exceptions=True)
        for stage in reversed(self._stages):
            await asyncio.gather(*(self._end(each) for p in stage if (each := self._running.pop(p.name, None))))

    def _forget(self, running: _Running) -> None:
        """What has ended, with its children."""
        self._running.pop(running.program.name, None)
        self._started.pop(running.program.name, None)
        self._ledger.write(self._started.values())

    async def _end(self, running: _Running) -> None:
        program, ended = running.program, asyncio.create_task(running.ended())
        hurry = asyncio.create_task(self._hurry.wait())
        if running.process.returncode is None and not self._hurry.is_set():
            running.signal(program.ends_by)
            done, _ = await asyncio.wait([ended, hurry], timeout=_QUIET, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                self._screen.say(f"waiting for {program.name}, up to {program.patience:.0f} s")
                await asyncio.wait([ended, hurry], timeout=program.patience, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            running.signal(program.in_a_hurry)
            await asyncio.wait([ended], timeout=_HURRY)
        hurry.cancel()
        running.kill()  # and its children
        await ended
        self._forget(running)
        await running.read_all()
