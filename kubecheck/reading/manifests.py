"""The objects in files, each with its place, and what could not be read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..objects.fields import Object, at
from .documents import Broken, Chunk, Document, chunks
from .files import File, Found
from .folders import Missing, Note
from .json_documents import documents
from .objects import is_manifest, parts
from .text import text_of


@dataclass(frozen=True)
class Place:
    """Where an object stands.

    Args:
        file: as it was named; `stdin` of what was piped in.
        line: counted from 1.
        template: the file of a chart that Helm made it of; empty otherwise.
    """

    file: str
    line: int
    template: str = ""


@dataclass(frozen=True)
class Unreadable:
    """A file, or with a line a document of it, that stays unchecked though it should not.

    Args:
        line: counted from 1; 0 of a whole file.
        column: counted from 1; 0 when nobody knows.
        text: in one line the reason and the way out.
    """

    file: str
    line: int
    column: int
    text: str


@dataclass
class Manifests:
    """What files hold.

    Args:
        objects: in the order of files and lines, of any shape, but each has apiVersion or kind.
        places: of each object, by its id().
        repeated: for each key that stands in its mapping a second time the object, and that in a line.
        unreadable: what was to be read and could not.
        notes: what is worth knowing about folders.
        others: files in folders that hold something else than objects, such as values.yaml.
        files: how many hold objects.
    """

    objects: list[Object] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    repeated: list[tuple[Object, str]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    files: int = 0


def read(found: Iterable[Found]) -> Manifests:
    manifests = Manifests()
    in_folders: Counter[str] = Counter()
    for each in found:
        if isinstance(each, Note):
            manifests.notes.append(each)
        elif isinstance(each, Missing):
            _tell(manifests, each.name, each.broken)
        else:
            told = len(manifests.unreadable)
            objects = _read(manifests, each)
            manifests.files += objects > 0
            in_folders[each.folder] += objects + len(manifests.unreadable) - told
    for folder, count in in_folders.items():
        if folder and not count and not manifests.unreadable:
            text = "no file in it holds an object, which has apiVersion and kind; name a folder with manifests"
            _tell(manifests, folder, Broken(text))
    return manifests


def _read(manifests: Manifests, file: File) -> int:
    """How many objects it holds."""
    read = list(_documents(file))
    if file.folder and not any(isinstance(each, Broken) or is_manifest(each.value) for each in read):
        manifests.others.append(file.name)
        return 0
    if all(isinstance(each, Document) and each.value is None for each in read):
        read = [Broken("it is empty; find out why, or leave it out")]
    before = len(manifests.objects)
    for document in read:
        if isinstance(document, Broken):
            _tell(manifests, file.name, document)
            continue
        for part in parts(document):
            if isinstance(part, Broken):
                _tell(manifests, file.name, part)
                continue
            manifests.objects.append(part.object)
            manifests.places[id(part.object)] = Place(file.name, part.line, document.template)
            manifests.repeated += [(part.object, _repeated(part.object, line, key)) for line, key in part.repeated]
    return len(manifests.objects) - before


def _documents(file: File) -> Iterator[Document | Broken]:
    text = text_of(file.data)
    if isinstance(text, Broken):
        yield text
        return
    for chunk in chunks(text):
        if isinstance(chunk, Chunk):
            yield from documents(chunk)
        else:
            yield chunk


def _tell(manifests: Manifests, file: str, broken: Broken) -> None:
    manifests.unreadable.append(Unreadable(file, broken.line, broken.column, broken.text))


def _repeated(o: Object, line: int, key: str) -> str:
    return (
        f"{at(o, 'kind')} {at(o, 'metadata', 'name')}: on line {line} {key!r} stands for the second time, and kubectl "
        "takes the last one without a word; take one away"
    )
