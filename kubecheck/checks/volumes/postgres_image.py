"""Images of Postgres that cannot take over another's data: of another major version, or another C library."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...check import Cluster, Finding, check
from ...objects.fields import Object, containers, entries, name, pod_template, text, title
from ..objects.immutable import changed

_RUNBOOK = "docs/deployment/postgres-major-upgrade.md"

# The official image's, and of mirrors, which keep its tags: 16, 16.4, 17rc1, 16-alpine3.20, bookworm, latest.
# Source: docker-library/official-images, library/postgres.
_TAG = re.compile(r"((?P<major>\d+)(\.(?P<second>\d+)(\.\d+)*)?((beta|rc)\d+)?(-|$)|latest$)?(?P<system>.*)", re.ASCII)
_ALPINE = re.compile(r"alpine(\d+\.\d+)?")
_DEBIAN = {"stretch", "buster", "bullseye", "bookworm", "trixie", "forky"}
_OLDEST, _NEWEST = 9, 99


class _Image(NamedTuple):
    """What a tag says of the server; None of what it does not say."""

    major: str | None = None
    library: str | None = None
    debian: str | None = None


_GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: postgres
  namespace: shop
spec:
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app: postgres
  template:
    metadata:
      labels:
        app: postgres
    spec:
      containers:
        - name: postgres
          image: postgres:16.4
          volumeMounts:
            - name: data
              mountPath: /var/lib/postgresql/data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: postgres
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: postgres
  namespace: shop
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 20Gi
"""


@check(
    "postgres-image",
    why="PostgreSQL does not start on the data of another major version (PostgreSQL documentation, Upgrading a "
    "PostgreSQL Cluster), and another C library sorts texts otherwise, so that queries miss rows.",
    way_out="Dump, and restore into a new volume.",
    before=_GOOD,
    bad=_GOOD.replace("postgres:16.4", "postgres:17.1"),
    good=_GOOD.replace("postgres:16.4", "postgres:16.9"),
)
def postgres_image(cluster: Cluster) -> Iterator[Finding]:
    """What happens to data that a container of the old and the new object has in the same volume."""
    for path, old, new in changed(cluster):
        before = {name: (image, claims) for name, image, claims in _containers(old)}
        for container, image, claims in _containers(new):
            was, had = before.get(container, ("", set()))
            if kept := sorted(claims & had):
                for problem, unless in _changes(_read(was), _read(image)):
                    yield Finding(
                        new,
                        f"{title(new)}: its image changes from {was} to {image}, and {problem} in {', '.join(kept)}; "
                        f"give the construct a new id, dump and restore ({_RUNBOOK}), or, {unless}, remove {path} and "
                        "synth again",
                    )


def _changes(old: _Image, new: _Image) -> Iterator[tuple[str, str]]:
    """Why it cannot be, and when it can."""
    if old.major and new.major and old.major != new.major:
        yield (
            f"PostgreSQL {new.major} does not start on the data of {old.major}",
            f"when the volume holds data of {new.major} already",
        )
    elif (change := _difference(old.library, new.library)) or (change := _difference(old.debian, new.debian)):
        yield (
            f"{change} texts are sorted otherwise, so that queries miss rows until REINDEX has rebuilt the indexes",
            "when you run REINDEX DATABASE before anyone else connects",
        )


def _difference(old: str | None, new: str | None) -> str:
    return f"from {old} to {new}" if old and new and old != new else ""


def _containers(o: Object) -> Iterator[tuple[str, str, set[str]]]:
    """Name, image and claims of each."""
    template = pod_template(o)
    volumes = {text(each, "name"): text(each, "persistentVolumeClaim", "claimName") for each in _volumes(template)}
    volumes |= {name(each): name(each) for each in entries(o, "spec", "volumeClaimTemplates")}
    for container in containers(template):
        mounted = {volumes.get(text(mount, "name"), "") for mount in entries(container, "volumeMounts")}
        yield text(container, "name"), text(container, "image"), mounted - {""}


def _volumes(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return entries(template, "spec", "volumes")


def _read(reference: str) -> _Image:
    tagged, _, digest = reference.partition("@")
    repository, _, tag = tagged.rpartition("/")[2].partition(":")
    match = _TAG.fullmatch(tag)
    if repository != "postgres" or match is None or (digest and not tag):
        return _Image()
    major = match["major"]
    if major and not _OLDEST <= int(major) <= _NEWEST:
        return _Image()  # another's numbers
    # Until 9.6 the second number was of the major version too.
    version = f"{major}.{match['second']}" if major == "9" and match["second"] else major
    return _Image(version, *_system(match["system"]))


def _system(named: str) -> tuple[str | None, str | None]:
    """The C library, and Debian's release."""
    if not named:
        return "glibc", None
    if _ALPINE.fullmatch(named):
        return "musl", None
    return ("glibc", f"Debian {named}") if named in _DEBIAN else (None, None)
