"""Waivers: that a check is wrong about an object, said by a person who knows better, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase

from .check import Check, Finding
from .objects.fields import Object, full_name, mapping, name, namespace, title

# One annotation a check, as kube-linter has it: the reason is its value, so that it cannot be left out unseen, and each
# check has its own. The API server takes the key, for everything before the slash is a DNS name.
ANNOTATION = "waive.kubecheck/"


@dataclass(frozen=True)
class Waiver:
    """A check that is not to hold for an object, or for several.

    On an object itself it is an annotation, `waive.kubecheck/CHECK: REASON`.

    Args:
        check: its id, `"dangling-service"`.
        object: KIND/NAMESPACE/NAME, `"Service/shop/legacy"`, or KIND/NAME of what is cluster-scoped; `*` stands for any
            characters.
        reason: why the rule does not matter here.
    """

    check: str
    object: str
    reason: str


@dataclass
class _Used:
    """A waiver, and whether it waived anything. object: where it is an annotation."""

    waiver: Waiver
    object: Object | None = None
    is_used: bool = field(default=False, init=False)

    def __str__(self) -> str:
        if self.object is None:
            return f'Waiver("{self.waiver.check}", "{self.waiver.object}")'
        return f"{title(self.object)}: {ANNOTATION}{self.waiver.check}"


def waive(
    findings: Iterable[Finding], waivers: Collection[Waiver], objects: Iterable[Object], checks: Mapping[str, Check]
) -> Iterator[Finding]:
    """What is left of the findings, and what is wrong with the waivers, those on the objects among them.

    A waiver that is wrong waives nothing.
    """
    given = [_Used(waiver) for waiver in waivers]
    annotated = [_Used(waiver, o) for o in objects for waiver in _on(o)]
    right = []
    for used in (*given, *annotated):
        if problem := _problem(used, checks):
            yield problem
        else:
            right.append(used)
    on_object = {(id(used.object), used.waiver.check): used for used in right if used.object is not None}
    by_pattern = [used for used in right if used.object is None]
    for finding in findings:
        fitting = [used for used in by_pattern if _fits(used.waiver, finding)]
        if here := on_object.get((id(finding.object), finding.check)):
            fitting.append(here)
        for used in fitting:
            used.is_used = True
        if not fitting:
            yield finding
    for used in right:
        if not used.is_used:
            yield Finding(used.object, f"{used} waives nothing; take it away", "unused-waiver")


def _on(o: Object) -> Iterator[Waiver]:
    for key, reason in mapping(o, "metadata", "annotations").items():
        if isinstance(key, str) and key.startswith(ANNOTATION):
            here = full_name(o["kind"], namespace(o), name(o))
            yield Waiver(key.removeprefix(ANNOTATION), here, reason if isinstance(reason, str) else "")


def _problem(used: _Used, checks: Mapping[str, Check]) -> Finding | None:
    check = checks.get(used.waiver.check)
    if check is None:
        close = get_close_matches(used.waiver.check, checks, n=1)
        way_out = f"write {close[0]} if that is meant" if close else "docs/checks.md has the ids"
        return Finding(used.object, f"{used} names no check; {way_out}", "unknown-check")
    if not check.waivable:
        return Finding(used.object, f"{used} cannot be waived: {check.why}", "unwaivable-check")
    if not used.waiver.reason.strip():
        text = f"{used} has no reason; write why the rule does not matter here"
        return Finding(used.object, text, "waiver-without-reason")
    return None


def _fits(waiver: Waiver, finding: Finding) -> bool:
    o = finding.object
    if waiver.check != finding.check or o is None:
        return False
    return fnmatchcase(full_name(o["kind"], namespace(o), name(o)), waiver.object)
