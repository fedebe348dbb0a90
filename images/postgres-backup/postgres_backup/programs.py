"""PostgreSQL's client programs, as processes that never outlive a command."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from .failure import Failure, Misconfigured

# Seconds between SIGTERM and SIGKILL.
_PATIENCE = 5

# What a pipe holds: enough that a program goes on while the other side does something else. An unprivileged user may
# ask for as much (pipe(7), /proc/sys/fs/pipe-max-size).
_PIPE = 2**20


class Running:
    """A program under way."""

    def __init__(self, process: subprocess.Popen[bytes], name: str, errors: IO[bytes]) -> None:
        self.process, self.name, self._errors = process, name, errors

    @property
    def input(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def finish(self) -> None:
        """Wait for its end. Raises Failure with its last words unless it ended well."""
        if code := self.process.wait():
            raise Failure(f"{self.name} {_ending(code)}: {self.last_words()}")

    def last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        # A dump's SQL may stand in an error, a screen long.
        return " | ".join(line.strip() for line in lines[-5:])[-1000:] or "it said nothing"


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], *, reads: bool = False, writes: bool = False
) -> Iterator[Running]:
    """Start a program; at the end of the block it is gone, whatever happened.

    reads, writes: whether its standard input and output are ours; otherwise they are closed and thrown away.
    """
    # A file, for a pipe that nobody reads fills up, and the program waits for ever.
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
                stdout=subprocess.PIPE if writes else subprocess.DEVNULL,
                stderr=errors,
                pipesize=_PIPE,
            )
        except FileNotFoundError:
            raise Misconfigured(f"{command[0]} is not in this image") from None
        try:
            yield Running(process, command[0], errors)
        finally:
            _end(process)


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Raises Failure unless the program ends with 0."""
    with running(command, environment) as program:
        program.finish()


def said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a program prints. Raises Failure unless it ends with 0."""
    with running(command, environment, writes=True) as program:
        text = program.output.read().decode(errors="replace")
        program.finish()
    return text


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            # What is left in the buffer of a program that is gone can be written no more.
            with suppress(BrokenPipeError):
                stream.close()


def _ending(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
