"""`make watch`, in a copy of the project."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

ROOT = Path(__file__).parents[1]
# Of a machine that is busy with other tests.
PATIENCE = 30


class Watch:
    """The running watcher, and the lines that it prints."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, "watch.py"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()  # when the worker has ended too

    def line(self) -> str:
        """The next, without its time of day and its seconds."""
        return re.sub(r"^\d\d:\d\d:\d\d |, \d+\.\d\d s$", "", self._lines.get(timeout=PATIENCE))

    def save(self, path: str, text: str) -> str:
        (self.root / path).write_text(text)
        return self.line()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    for name in ("main.py", "watch.py", "charts", "constructs_revrx", "kubecheck", "dist"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    watch = Watch(tmp_path)
    try:
        assert watch.line() == "start: nothing changed"
        assert watch.line() == "watching main.py, charts, constructs_revrx, kubecheck; Ctrl-C ends it"
        yield watch
    finally:
        watch.end()


def test_each_save_gives_a_line_with_what_changed_or_what_is_wrong(watch: Watch) -> None:
    path = "charts/production.py"
    right = (watch.root / path).read_text()
    assert "maximum=10" in right
    more = right.replace("maximum=10", "maximum=11", 1)
    assert watch.save(path, more) == f"{path}: ~ dist/production/HorizontalPodAutoscaler.backend.k8s.yaml"
    assert "maxReplicas: 11" in (watch.root / "dist/production/HorizontalPodAutoscaler.backend.k8s.yaml").read_text()
    broken = watch.save(path, right + "x = (\n")
    line = len(right.splitlines()) + 1
    assert broken == f"{path}: {path}:{line}: SyntaxError: '(' was never closed"
    wrong = watch.save(path, right.replace("maximum=10", "maximum='10'", 1))
    assert re.fullmatch(rf"{path}: ManifestError: {path}:\d+: Autoscaling: 1 problem", wrong)
    assert watch.line() == "  maximum is '10', which is not a whole number; write 10"
    assert watch.save(path, right) == f"{path}: ~ dist/production/HorizontalPodAutoscaler.backend.k8s.yaml"


@pytest.mark.slow
def test_a_change_of_the_library_is_taken_too(watch: Watch) -> None:
    path = "constructs_revrx/pods/shutdown.py"
    text = (watch.root / path).read_text()
    assert "+ 5" in text
    told = watch.save(path, text.replace("+ 5", "+ 6"))
    assert told.startswith(f"{path}: ~ dist/production/Deployment.backend.k8s.yaml, ")


def test_ctrl_c_ends_it_without_a_trace_and_no_process_stays(watch: Watch) -> None:
    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(timeout=PATIENCE) == 0
    assert watch.line() == ""
    until = time.monotonic() + PATIENCE
    while (left := workers(watch.root)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def workers(root: Path) -> list[str]:
    """Processes that work in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.joinpath("cwd").readlink() == root:
                found.append(process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
