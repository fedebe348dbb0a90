"""An engine that runs containers, where there is one: `docker compose up` does the work."""

import contextlib
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from .composition import Composition
from .program import answers

# What docker's client may take to see that nobody answers.
_PATIENCE = 20.0
_LOOK_EVERY = 1.0


def why_not(environment: Mapping[str, str]) -> str | None:
    """None where `docker compose` can run containers; otherwise the reason in a few words."""
    if not shutil.which("docker", path=environment.get("PATH")):
        return "docker is not in PATH"
    # A client alone says its own version and fails for the server's.
    if not _succeeds(["docker", "version", "--format", "{{.Server.Version}}"], environment):
        return "no engine answers docker"
    if not _succeeds(["docker", "compose", "version"], environment):
        return "docker has no compose plugin"
    return None


def _succeeds(command: list[str], environment: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(command, env=dict(environment), capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def up(root: Path, composition: Composition, environment: Mapping[str, str]) -> int:
    """Until Ctrl-C, which the terminal sends compose as well: it stops the containers and keeps their volumes."""
    compose = subprocess.Popen(
        ["docker", "compose", "--profile", "*", "up", "--watch"], cwd=root, env=dict(environment)
    )
    tell = threading.Thread(target=_tell, args=(composition, compose), daemon=True)
    tell.start()
    asked = False
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: compose.send_signal(got))
    while compose.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):
            compose.wait()
            break
        asked = True
    code = compose.returncode
    return 0 if asked else code


def _tell(composition: Composition, compose: subprocess.Popen[bytes]) -> None:
    """Each URL once it answers, between compose's own lines."""
    left = {
        "backend": f"http://127.0.0.1:{composition.port('backend', 8000)}/docs",
        "frontend": f"http://127.0.0.1:{composition.port('frontend', 3000)}",
        "mailhog": f"http://127.0.0.1:{composition.port('mailhog', 8025)}",
        "localstack": f"http://127.0.0.1:{composition.port('localstack', 4566)}/_localstack/health",
    }
    while left and compose.poll() is None:
        for name, url in [*left.items()]:
            if answers(url)():
                print(f"{name} answers at {url}", flush=True)
                del left[name]
        time.sleep(_LOOK_EVERY)
