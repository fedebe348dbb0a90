"""From arguments to an exit code."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from ..check import Cluster, Finding
from ..reading.files import STDIN_NAME, find
from ..reading.manifests import Place, read
from ..reading.namespaces import placed
from ..run import run
from .arguments import Options, options
from .explain import explained, listed
from .formats.as_github import as_github
from .formats.as_json import as_json
from .formats.as_sarif import as_sarif
from .formats.as_text import as_text
from .result import Located, Result

_FORMATS = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_github}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 nothing found, 1 findings, 2 input that cannot be read, or wrong arguments; 130 for Ctrl-C."""
    # What cannot be written in the terminal's encoding is written as an escape.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        given = options(sys.argv[1:] if arguments is None else arguments, _FORMATS)
        if given.explain or given.is_list:
            return _written(0, explained(given.explain) if given.explain else listed())
        result = checked(given)
        return _written(result.exit_code, _lines(result, given))
    except KeyboardInterrupt:
        print("kubecheck: interrupted", file=sys.stderr)
        return 130


def _written(code: int, lines: Iterable[str]) -> int:
    """Nothing, when nobody wants to read it; that is no failure of the check."""
    if sys.stdout is None:
        return code
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except OSError as error:
        # Or Python writes what is left when it ends, and says that it could not.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"kubecheck: the result cannot be written: {error.strerror}", file=sys.stderr)
            return 2
    return code


def checked(given: Options) -> Result:
    manifests = read(find(given.inputs))
    is_release = any(place.template for place in manifests.places.values())
    there = placed(manifests.objects, given.namespace, is_release=is_release)
    new = {id(o): placed for o, placed in zip(manifests.objects, there.objects, strict=True)}
    places = {id(new[id(o)]): manifests.places[id(o)] for o in manifests.objects}
    report = run(
        Cluster(
            objects=there.objects,
            kubernetes=lambda _: given.kubernetes,
            external=given.external,
            public=given.public,
            is_kept=lambda o: not _is_release_on_its_way(places[id(o)]),
            repeated=[(new[id(o)], problem) for o, problem in manifests.repeated],
        ),
        given.waivers,
    )
    return Result(
        kubernetes=given.kubernetes,
        findings=[
            Located(each.check, _text(each), each.object, places.get(id(each.object))) for each in report.findings
        ],
        unseen=report.unseen,
        unreadable=manifests.unreadable,
        notes=manifests.notes,
        others=manifests.others,
        objects=len(there.objects),
        files=manifests.files,
        namespace=there.namespace,
        placed=there.count,
    )


def _is_release_on_its_way(place: Place) -> bool:
    """Whether Helm wrote an object into a pipe: what it makes of values then, as of a password, is in no file."""
    return bool(place.template) and (place.file == STDIN_NAME or place.file.startswith("/dev/fd/"))


def _text(finding: Finding) -> str:
    """With the option that says what would make it none."""
    if finding.unless is None:
        return finding.text
    return f"{finding.text}: --{finding.unless.field} {quote(finding.unless.entry)}"


def _lines(result: Result, given: Options) -> Iterator[str]:
    if given.format == "text":
        return as_text(result, colour=_takes_colour())
    return _FORMATS[given.format](result)


def _takes_colour() -> bool:
    """Source: no-color.org."""
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
