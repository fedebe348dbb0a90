"""What a run has to say, whatever it is printed as."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..check import Unseen
from ..objects.fields import Object
from ..objects.version import Version
from ..reading.folders import Note
from ..reading.manifests import Place, Unreadable


@dataclass(frozen=True)
class Located:
    """A finding and where its object stands.

    Args:
        check: the id of the check.
        text: in one line what is wrong, the reason and the way out.
        object, place: None when it is about a waiver of the command line.
    """

    check: str
    text: str
    object: Object | None
    place: Place | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    Args:
        findings: in the order of the objects.
        unseen: what could not be judged.
        unreadable: what could not be read.
        notes: what is worth knowing about folders.
        others: files in folders that hold something else than objects.
        objects: how many were checked.
        files: how many hold them.
        namespace: that of objects which say none.
        placed: how many these are.
    """

    kubernetes: Version
    findings: Sequence[Located]
    unseen: Sequence[Unseen]
    unreadable: Sequence[Unreadable]
    notes: Sequence[Note]
    others: Sequence[str]
    objects: int
    files: int
    namespace: str
    placed: int

    @property
    def exit_code(self) -> int:
        """2 even when something was found: nobody knows what else there is."""
        if self.unreadable:
            return 2
        return 1 if self.findings else 0
