"""How programs are started, watched and ended together."""

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from .conftest import ROOT, Toys
from .terminal import PATIENCE, below

SERVES = "print('up'); serves(); wait()"
READY = r"all is ready after \d+ s; Ctrl-C ends it"

Toy = dict[str, Any]
Check = Callable[[], None]


def said(name: str) -> str:
    """One that says when it begins and when it is ended."""
    return f"signal.signal(15, lambda *_: sys.exit(print('{name} ends'))); print('{name} begins'); serves(); wait()"


def test_a_stage_begins_when_the_one_before_serves_and_ends_before_it(toys: Toys, nothing_stays: Check) -> None:
    slow: Toy = {"name": "first", "code": "print('first begins'); time.sleep(1); print('serves now');" + said("first")}
    run = toys(
        [slow], [{"name": "work", "code": "print('done')", "once": True}], [{"name": "last", "code": said("last")}]
    )
    run.until(READY)
    run.ctrl_c()
    assert run.ends() == 0
    order = [line.partition("| ")[2] for line in run.lines + run.text.splitlines() if "|" in line]
    wanted = ["serves now", "done", "last begins", "last ends", "first ends"]
    assert [line for line in order if line in wanted][: len(wanted)] == wanted
    nothing_stays()


def test_each_line_stands_behind_the_name_of_its_program(toys: Toys) -> None:
    run = toys([{"name": "a", "code": "print('one\\ntwo'); sys.stderr.write('three');" + SERVES}])
    run.until(READY)
    assert [line for line in run.lines if line.startswith("a  ")] == ["a   | one", "a   | two", "a   | threeup"]


def test_no_program_clears_the_screen_or_hides_the_cursor(toys: Toys) -> None:
    code = r"print('\033[2J\033[32mgreen\033[0m\n\033[?25l\nend');"
    run = toys([{"name": "web", "code": code + SERVES}])
    run.until(READY)
    assert run.lines[:2] == ["web | \033[32mgreen\033[0m", "web | end"]


def test_what_it_is_for_is_told_when_all_is_ready(toys: Toys) -> None:
    run = toys([{"name": "web", "code": SERVES, "told": "http://127.0.0.1:1"}])
    run.until(READY)
    run.until(r"^dev \| +web  http://127\.0\.0\.1:1$")


def test_one_that_dies_ends_all_with_its_last_lines(toys: Toys, nothing_stays: Check) -> None:
    dies = "print('all well'); serves(); time.sleep(1); print('a mistake'); sys.exit(3)"
    run = toys([{"name": "stays", "code": SERVES}, {"name": "dies", "code": dies}])
    assert run.ends() == 1
    end = "make dev: dies ended with 3; its last lines:\n  all well\n  a mistake"
    assert run.text.endswith(end)
    assert "Traceback" not in run.text
    nothing_stays()


def test_one_that_is_killed_says_by_what(toys: Toys) -> None:
    run = toys([{"name": "dies", "code": "serves(); time.sleep(0.5); os.kill(os.getpid(), 9)"}])
    assert run.ends() == 1
    assert "make dev: dies was ended by SIGKILL and said nothing" in run.text


def test_work_that_fails_ends_all_before_what_needs_it(toys: Toys, nothing_stays: Check) -> None:
    work: Toy = {"name": "migrate", "code": "print('no such table'); sys.exit(2)", "once": True}
    run = toys([{"name": "server", "code": SERVES}], [work], [{"name": "web", "code": SERVES}])
    assert run.ends() == 1
    assert "make dev: migrate ended with 2; its last lines:\n  no such table" in run.text
    assert "web " not in run.text
    nothing_stays()


def test_a_program_that_is_not_there_is_told_without_a_trace(toys: Toys, nothing_stays: Check) -> None:
    run = toys([{"name": "web", "code": "", "command": ["/no/such/program"]}])
    assert run.ends() == 1
    assert "make dev: web: /no/such/program does not start: No such file or directory" in run.text
    assert "Traceback" not in run.text
    nothing_stays()


def test_one_that_ignores_the_signal_is_killed_when_its_patience_ends(toys: Toys, nothing_stays: Check) -> None:
    run = toys([{"name": "deaf", "code": "ignore(15);" + SERVES, "patience": 1}])
    run.until(READY)
    run.ctrl_c()
    run.until(r"waiting for deaf, up to 1 s")
    assert run.ends() == 0
    nothing_stays()


def test_a_second_ctrl_c_kills(toys: Toys, nothing_stays: Check) -> None:
    run = toys([{"name": "deaf", "code": "ignore(15);" + SERVES, "patience": 1000}])
    run.until(READY)
    run.ctrl_c()
    run.until("stopping; Ctrl-C again kills what is slow")
    run.ctrl_c()
    assert run.ends(10) == 0
    nothing_stays()


def test_ctrl_c_while_things_start_ends_what_has_begun(toys: Toys, nothing_stays: Check) -> None:
    run = toys([{"name": "slow", "code": "print('begun'); wait()"}])
    run.until("begun")
    run.ctrl_c()
    assert run.ends() == 0
    assert "ready after" not in run.text
    nothing_stays()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_ends_it_as_ctrl_c_does(toys: Toys, nothing_stays: Check, number: signal.Signals) -> None:
    run = toys([{"name": "web", "code": said("web")}])
    run.until(READY)
    run.process.send_signal(number)
    assert run.ends() == 0
    assert "web ends" in run.text
    nothing_stays()


def test_children_of_a_program_end_with_it(toys: Toys, nothing_stays: Check) -> None:
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)', os.getcwd()]);"
    run = toys([{"name": "parent", "code": child + SERVES}])
    run.until(READY)
    run.ctrl_c()
    assert run.ends() == 0
    nothing_stays()


def test_one_that_dies_is_seen_though_its_child_holds_its_output(toys: Toys, nothing_stays: Check) -> None:
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)', os.getcwd()]);"
    run = toys([{"name": "parent", "code": child + "serves(); time.sleep(0.5); sys.exit('gone')"}])
    assert run.ends(20) == 1
    assert "make dev: parent ended with 1; its last lines:\n  gone" in run.text
    nothing_stays()


def test_it_starts_anew_when_a_file_is_saved(toys: Toys, folder: Path) -> None:
    code = folder / "saved/code.py"
    code.write_text("print('old code')")
    run = toys([{"name": "worker", "code": "exec(pathlib.Path('saved/code.py').read_text());" + SERVES, "saved": True}])
    run.until("old code")
    run.until(READY)
    code.write_text("print('half")
    run.until("worker starts anew, for a file was saved")
    run.until(r"\| worker ended with 1; its last lines:")
    run.until("it starts again when a file is saved")
    code.write_text("print('new code')")
    run.until("new code")
    assert run.process.poll() is None


def test_it_ends_when_nobody_reads_its_lines_any_more(folder: Path, nothing_stays: Check) -> None:
    talks = json.dumps([[{"name": "web", "code": "serves()\nwhile True: print('line'); time.sleep(0.05)"}]])
    run = shlex.join([sys.executable, "-m", "tests.development.toys", str(folder), talks])
    subprocess.run(f"{run} | head -n 3", shell=True, cwd=ROOT, check=True, timeout=PATIENCE, capture_output=True)
    nothing_stays()


# When it is killed itself


def test_nothing_stays_when_it_is_killed_and_what_ran_ended_well(
    toys: Toys, folder: Path, nothing_stays: Check
) -> None:
    ends_well = "signal.signal(15, lambda *_: sys.exit(pathlib.Path('ended').touch()));" + SERVES
    run = toys([{"name": "web", "code": ends_well}])
    run.until(READY)
    run.process.kill()
    nothing_stays()
    assert (folder / "ended").exists()


def test_the_next_run_waits_for_what_a_killed_one_left(toys: Toys) -> None:
    slow = "signal.signal(15, lambda *_: sys.exit(time.sleep(2)));" + SERVES
    killed = toys([{"name": "web", "code": slow}])
    killed.until(READY)
    killed.process.kill()
    killed.process.wait()
    run = toys([{"name": "web", "code": SERVES}])
    run.until("waiting for what a killed run left to end")
    run.until(READY)


def test_the_next_run_ends_what_was_left_when_the_guard_was_killed_too(toys: Toys, folder: Path) -> None:
    killed = toys([{"name": "web", "code": SERVES}])
    killed.until(READY)
    (left,) = (process for process in below(folder) if "serves()" in " ".join(process.cmdline()) and is_toy(process))
    for process in psutil.Process(killed.process.pid).children():
        if process.pid != left.pid:
            process.kill()
    killed.process.kill()
    killed.process.wait()
    assert left.is_running()
    run = toys([{"name": "web", "code": SERVES}])
    run.until("ended what a killed run left: web")
    run.until(READY)
    assert left not in below(folder)


def is_toy(process: psutil.Process) -> bool:
    return "-c" in process.cmdline()
