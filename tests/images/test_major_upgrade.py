"""docs/deployment/postgres-major-upgrade.md, played with real servers: its Jobs, and what it does in their containers.

tests/e2e/test_major_upgrade.py plays the cluster's side of it.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ..docs.runbooks import Command, Edit, steps
from .cluster import SMALL, Cluster
from .container import kubectl
from .places import ROOT
from .pod import Pod
from .postgres import Postgres, wheel

PAGE = "deployment/postgres-major-upgrade.md"
# A CronJob's command of the program.
COMMANDS = {"postgres-backup": "backup", "postgres-restore": "restore", "postgres-backup-verify": "verify"}
ROLE = "CREATE ROLE reader_of_both LOGIN PASSWORD 'of the reader'"


class Upgrade:
    """From one server to another, as the page says for 16 and 17."""

    def __init__(self, pod: Pod, old: Cluster, new: Cluster, folder: Path) -> None:
        self.pod, self.old, self.new = pod, old, new
        # Where DATABASE_URL and PGHOST lead.
        self.switched = False
        pods = {"postgres-0": old, f"postgres-{new.postgres.major}-0": new}
        self._environment = {"PATH": kubectl(folder, pods, pod.database)}

    def does(self, heading: str) -> None:
        for step in steps(PAGE)[heading]:
            if isinstance(step, Edit):
                self.switched |= "moved = {" in step.text
            elif step.text.startswith("images/postgres-backup/run-job.sh"):
                for line in self._renumbered(step).text.splitlines():
                    self._job(line)
            elif step.places == ["database"]:
                self._renumbered(step).run(values={}, environment=self._environment, folder=ROOT)

    def _renumbered(self, command: Command) -> Command:
        majors = {"16": str(self.old.postgres.major), "17": str(self.new.postgres.major)}

        def of(text: str) -> str:
            return re.sub(r"\b1[67]\b", lambda match: majors[match[0]], text)

        sees = tuple(tuple(map(of, texts)) for texts in command.sees)
        return replace(command, text=of(command.text), sees=sees)

    def _job(self, line: str) -> None:
        _, namespace, cron_job, *pairs = shlex.split(line)
        assert namespace == "revrx"
        variables = dict(pair.split("=", 1) for pair in pairs)
        host = variables.pop("PGHOST", None)
        assert host in (None, f"postgres-{self.new.postgres.major}")
        server = self.new if self.switched or host else self.old
        result = self.pod.run(COMMANDS[cron_job], PGPORT=str(server.port), **variables)
        assert result.code == 0, (line, result.events, result.errors)


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [(16, 17), (17, 18)])
def test_it_is_played(
    old: int, new: int, pod_of: Callable[..., Pod], clusters: Callable[[Postgres], Cluster], tmp_path: Path
) -> None:
    name = f"upgraded_{old}"
    was, becomes = clusters(wheel(old)), clusters(wheel(new))
    was.sql("postgres", ROLE)
    was.create(name, SMALL)
    was.sql(name, "GRANT SELECT ON customer TO reader_of_both")
    try:
        # Of the newer major version from the beginning.
        upgrade = Upgrade(pod_of(was, name, wheel(new)), was, becomes, tmp_path)
        upgrade.does("Before the day")
        assert becomes.rows(name) == was.rows(name)

        was.sql(name, "INSERT INTO customer (name) VALUES ('since the rehearsal')")
        rows = was.rows(name)
        upgrade.does("The day")
        assert becomes.rows(name) == rows
        assert was.rows(name) == rows
        assert becomes.sql(name, "SET ROLE reader_of_both; SELECT count(*) FROM customer") == "501"
        passwords = "SELECT rolpassword FROM pg_authid WHERE rolname = 'reader_of_both'"
        assert becomes.sql("postgres", passwords) == was.sql("postgres", passwords)
    finally:
        for cluster in (was, becomes):
            for found in cluster.databases():
                if found.startswith(name):
                    cluster.sql("postgres", f'DROP DATABASE "{found}"')
            cluster.sql("postgres", "DROP ROLE IF EXISTS reader_of_both")
