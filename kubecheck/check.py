"""What a check is: a rule about finished objects, with an id, examples, and a function that finds what breaks it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from .objects.fields import Object, PodIndex, namespace, pod_template
from .objects.version import OLDEST, Version

T = TypeVar("T")


class Known(NamedTuple):
    """What is known beside the objects: a field of Cluster (`external`, `public`, `kubernetes`) and an entry of it."""

    field: str
    entry: str


@dataclass(frozen=True)
class Finding:
    """What is wrong with an object.

    Args:
        object: the one to change; None when it is none of the objects, but a waiver that was given beside them.
        text: in one line what is wrong, the value, the reason and the way out.
        check: the id of the check that found it; whoever runs the check sets it.
        unless: what would make it no finding. The text ends by saying so, and who shows it appends how.
    """

    object: Object | None
    text: str
    check: str = ""
    unless: Known | None = None


@dataclass(frozen=True)
class Unseen:
    """What a check would have needed and was not given: it is no fault, but neither was the rule seen to hold."""

    text: str
    check: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cluster:
    """All objects that are applied to one cluster, and what is known beside them: what a check is given.

    What several checks derive from it is made once: the properties here, and functions that are `once_a_cluster`.

    Args:
        objects: what stands in the files. Those that `run` shows to checks are mappings with apiVersion, kind and
            metadata.name, and metadata that can be read; everything else is read without trust.
        kubernetes: the version that each object is for; default the oldest that is known.
        external: what the objects refer to and someone else makes, as KIND/NAMESPACE/NAME, or KIND/NAME when it is
            cluster-scoped; pods as Pod/NAMESPACE/LABEL=VALUE. `*` stands for any characters.
        public: names of variables and of ConfigMap keys that look like a credential and are none.
        is_kept: whether an object is kept in a file, where others may read it; not what Helm just wrote into a pipe.
        repeated: what only the text of an object shows: the object, and in a line which key stands twice in a mapping.
        before: the files of the last run that are other now: path, the old text, and the objects that replace those
            in it. A text that is no YAML is not compared with.
    """

    objects: Sequence[Object]
    kubernetes: Callable[[Object], Version] = lambda _: OLDEST
    external: Collection[str] = ()
    public: Collection[str] = ()
    is_kept: Callable[[Object], bool] = lambda _: True
    repeated: Sequence[tuple[Object, str]] = ()
    before: Iterable[tuple[Path, str, Sequence[Object]]] = ()

    def is_external(self, wanted: str) -> bool:
        """wanted: as `external` has them, without `*`."""
        return wanted in self.external or any(fnmatchcase(wanted, pattern) for pattern in self.external)

    @cached_property
    def by_kind(self) -> Mapping[str, list[Object]]:
        found: dict[str, list[Object]] = defaultdict(list)
        for o in self.objects:
            found[o["kind"]].append(o)
        return found

    @cached_property
    def by_namespace(self) -> Mapping[str, list[Object]]:
        found: dict[str, list[Object]] = defaultdict(list)
        for o in self.objects:
            found[namespace(o)].append(o)
        return found

    @cached_property
    def templates(self) -> Sequence[tuple[Object, Mapping[str, Any]]]:
        """Each object that makes pods, with the template of these."""
        return [(o, template) for o in self.objects if (template := pod_template(o))]

    @cached_property
    def pods(self) -> PodIndex:
        """The pod templates, to be found by a selector."""
        return PodIndex(self.objects)


def once_a_cluster(make: Callable[[Cluster], T]) -> Callable[[Cluster], T]:
    """Of a function that several checks share, so that what it makes of a cluster is made once and goes with it."""
    key = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def made(cluster: Cluster) -> T:
        kept: dict[str, T] = vars(cluster)
        if key not in kept:
            kept[key] = make(cluster)
        return kept[key]

    return made


Find = Callable[[Cluster], Iterator[Finding | Unseen]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule about finished objects.

    Args:
        id: what it is called, in the words of the field: dangling-service.
        why: a sentence: what goes wrong in the cluster, and the source of the rule where it is not obvious.
        way_out: a sentence: what to change.
        bad: YAML documents in which the check finds something.
        good: the same, mended; no check finds anything in it.
        before: the file of the last run in the examples of a check that compares with it.
        find: what breaks the rule, in all objects of a cluster. None for what `run` itself tells: about waivers, which
            can be judged only when everything else was found.
        waivable: whether a person who knows better may switch it off for an object.
    """

    id: str
    why: str
    way_out: str
    bad: str
    good: str
    find: Find | None = field(repr=False)
    before: str = ""
    waivable: bool = True

    def findings(self, cluster: Cluster) -> Iterator[Finding | Unseen]:
        for found in self.find(cluster) if self.find else ():
            if isinstance(found, Finding):
                yield Finding(found.object, found.text, self.id, found.unless)
            else:
                yield Unseen(found.text, self.id)


def check(
    id: str, *, why: str, way_out: str, bad: str, good: str, before: str = "", waivable: bool = True
) -> Callable[[Find], Check]:
    """Make a function a Check: `kubecheck.checks.table` lists those of its modules."""

    def made(find: Find) -> Check:
        return Check(id=id, why=why, way_out=way_out, bad=bad, good=good, find=find, before=before, waivable=waivable)

    return made
