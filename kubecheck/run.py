"""All checks of all objects."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from .check import Cluster, Finding, Unseen
from .checks.objects.metadata import malformed_object
from .checks.table import CHECKS
from .waivers import Waiver, waive


@dataclass(frozen=True)
class Report:
    """What `run` found, in the order of the objects, and of the checks for each.

    Args:
        findings: what is wrong, and what is wrong with waivers.
        unseen: what could not be judged, in the order of the checks.
    """

    findings: list[Finding]
    unseen: list[Unseen]


def run(cluster: Cluster, waivers: Collection[Waiver] = ()) -> Report:
    """Every check of `CHECKS`. Objects may be of any shape; of those that are no objects nothing else is told.

    Args:
        waivers: beside those that the objects have as annotations.
    """
    malformed = [found for found in malformed_object.findings(cluster) if isinstance(found, Finding)]
    seen = _without(cluster, {id(found.object) for found in malformed})
    found = [each for check in CHECKS.values() if check is not malformed_object for each in check.findings(seen)]
    # A check may come to the same by two ways, such as two paths of an Ingress.
    told = {(id(each.object), each.check, each.text): each for each in found if isinstance(each, Finding)}
    findings = waive(told.values(), waivers, seen.objects, CHECKS)
    places = {id(o): n for n, o in enumerate(cluster.objects)}
    ranks = {id: n for n, id in enumerate(CHECKS)}

    def order(finding: Finding) -> tuple[int, int]:
        return places.get(id(finding.object), len(places)), ranks[finding.check]

    return Report(
        sorted([*malformed, *findings], key=order),
        [each for each in found if isinstance(each, Unseen)],
    )


def _without(cluster: Cluster, malformed: Collection[int]) -> Cluster:
    if not malformed:
        return cluster
    return replace(
        cluster,
        objects=[o for o in cluster.objects if id(o) not in malformed],
        before=[(path, text, [o for o in new if id(o) not in malformed]) for path, text, new in cluster.before],
    )
