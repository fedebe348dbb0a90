"""The arguments: what there are, what they mean, and what is wrong with them."""

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from ..checks.table import CHECKS
from ..objects.names import namespace_problems
from ..objects.version import NEWEST, OLDEST, Version, parse
from ..waivers import Waiver
from . import unreadable

_DESCRIPTION = """\
Check Kubernetes manifests: references that lead nowhere, selectors of no pods, what the API server or Pod Security
would refuse. No cluster is asked. Objects are checked together, so give all that is applied together.
"""
_EXAMPLES = """\
examples:
  python -m kubecheck dist/
  helm template shop ./chart | python -m kubecheck -
  kubectl kustomize overlays/production | python -m kubecheck --kubernetes 1.30 -
  python -m kubecheck --external Secret/shop/license --external 'ConfigMap/*/ca-bundle' dist/
  python -m kubecheck --waive 'dangling-service Service/shop/legacy: its pods are made by hand' dist/
  python -m kubecheck @kubecheck.args --format sarif dist/ > kubecheck.sarif
  python -m kubecheck --explain dangling-service

@FILE stands for the arguments in FILE, one a line; empty lines and those that begin with # are left out.

exit codes: 0 nothing found; 1 findings; 2 input that cannot be read, or wrong arguments.
"""

# "dangling-service Service/shop/legacy: a reason"; a name may have colons (Role system:node), but no spaces.
_WAIVER = re.compile(r"(?P<check>\S+)\s+(?P<object>\S+?):\s+(?P<reason>\S.*)", re.DOTALL)


@dataclass(frozen=True)
class Options:
    """What the arguments say.

    Args:
        explain: the id of a check; empty otherwise.
        is_list: whether only the checks are to be listed.
    """

    inputs: Sequence[str]
    format: str
    kubernetes: Version
    namespace: str
    external: Sequence[str]
    public: Sequence[str]
    waivers: Sequence[Waiver]
    explain: str
    is_list: bool


def options(arguments: Sequence[str], formats: Iterable[str]) -> Options:
    """
    Raises:
        SystemExit: 2, with one line that says what is wrong; 0 after --help.
    """
    parser = _parser(formats)
    given = parser.parse_args(list(_expanded(arguments, parser)))
    if not given.inputs and not given.explain and not given.list:
        parser.error("name a folder or a file, or - for what is piped in; --help has examples")
    return Options(
        given.inputs,
        given.format,
        given.kubernetes,
        given.namespace or "",
        given.external,
        given.public,
        given.waivers,
        given.explain or "",
        given.list,
    )


def _parser(formats: Iterable[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m kubecheck",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "inputs",
        nargs="*",
        metavar="FOLDER|FILE|-",
        help="what holds manifests in YAML or JSON: folders with all that is below them, files, - for what is piped in",
    )
    parser.add_argument("--format", choices=list(formats), default="text", help="default text")
    parser.add_argument(
        "--kubernetes",
        type=_version,
        default=NEWEST,
        metavar="VERSION",
        help=f"what the manifests are for, {OLDEST} to {NEWEST}; default the newest that is known, {NEWEST}",
    )
    parser.add_argument(
        "-n",
        "--namespace",
        type=_namespace,
        help="where objects are that say no namespace, as kubectl's -n; by default where bindings look for them, of "
        "Helm's output what most others name, or else `default`",
    )
    parser.add_argument(
        "--external",
        action="append",
        default=[],
        type=_external,
        metavar="KIND/NAMESPACE/NAME",
        help="what is referred to and somebody else makes; without NAMESPACE/ what is cluster-scoped; pods as "
        "Pod/NAMESPACE/LABEL=VALUE; * stands for any characters; may be repeated",
    )
    parser.add_argument(
        "--public",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable, or a key of a ConfigMap, that looks like a credential and is none; may be repeated",
    )
    parser.add_argument(
        "--waive",
        action="append",
        default=[],
        type=_waiver,
        dest="waivers",
        metavar="'ID KIND/NAMESPACE/NAME: REASON'",
        help="leave out what a check finds in an object, with * in several; may be repeated; on the object itself it "
        "is the annotation waive.kubecheck/ID: REASON",
    )
    parser.add_argument(
        "--explain", type=_check, metavar="ID", help="say why a check is, the way out, and show examples"
    )
    parser.add_argument("--list", action="store_true", help="list the checks")
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line: the usage has a dozen, and --help has it."""
        self.exit(2, f"kubecheck: {message}\n")


def _expanded(arguments: Sequence[str], parser: argparse.ArgumentParser) -> Iterable[str]:
    for argument in arguments:
        if not argument.startswith("@"):
            yield argument
            continue
        try:
            lines = Path(argument[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            parser.error(f"{argument}: no arguments can be read from it: {reason}; name a file with one a line")
        for line in lines:
            if line.strip() and not line.startswith("#"):
                yield line.strip()


def _version(text: str) -> Version:
    version = parse(text)
    if version is None or not OLDEST <= version <= NEWEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no version that is known; write {OLDEST} to {NEWEST}")
    return version


def _namespace(text: str) -> str:
    for problem in namespace_problems(text):
        raise argparse.ArgumentTypeError(problem)
    return text


def _external(text: str) -> str:
    if not re.fullmatch(r"[^/\s]+(/[^/\s]+){1,3}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not KIND/NAMESPACE/NAME, or KIND/NAME of what is cluster-scoped; write e.g. Secret/shop/tls"
        )
    return text


def _waiver(text: str) -> Waiver:
    match = _WAIVER.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not 'ID KIND/NAMESPACE/NAME: REASON'; write e.g. 'dangling-service Service/shop/legacy: its "
            "pods are made by hand'"
        )
    return Waiver(_check(match["check"]), match["object"], match["reason"])


def _check(id: str) -> str:
    known = [*CHECKS, unreadable.ID]
    if id not in known:
        close = get_close_matches(id, known, n=1)
        way_out = f"did you mean {close[0]}?" if close else "--list has them all"
        raise argparse.ArgumentTypeError(f"{id!r} is the id of no check; {way_out}")
    return id
