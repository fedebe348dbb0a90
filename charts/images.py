"""charts/images.yaml, read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from constructs_revrx import Image, ManifestError, Problem
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

_FILE = Path(__file__).with_name("images.yaml")
_PLACE = f"charts/{_FILE.name}"


@dataclass(frozen=True, kw_only=True)
class Images:
    """One image a component; the names are images.yaml's, with `_` for `-`."""

    backend: Image
    frontend: Image
    postgres_backup: Image
    postgres: Image
    redis: Image


def images_of(environment: str, file: Path = _FILE) -> Images:
    """The images of an environment.

    Raises:
        ManifestError: the file is not YAML, or does not have exactly the components' names with text for each.
    """
    try:
        content = YAML(typ="safe").load(file)
    except MarkedYAMLError as error:
        raise _error(f"is not YAML: {error.problem}, {error.problem_mark}") from None
    except OSError as error:
        raise _error(f"cannot be read: {error.strerror}") from None
    given = content.get(environment) if isinstance(content, Mapping) else None
    if not isinstance(given, Mapping):
        raise _error(f"{environment}: is not there; give it the image of each component")
    names = {field.name.replace("_", "-"): field.name for field in fields(Images)}
    wrong = [
        *(f"{environment}: {name} is missing; add it as name:tag or name@digest" for name in names if name not in given),
        *(f"{environment}: {name} is no component; these are: {', '.join(names)}" for name in given if name not in names),
        *(f"{environment}: {name}: {value!r} is not text" for name, value in given.items() if not isinstance(value, str)),
    ]
    if wrong:
        raise _error(*wrong)
    return Images(**{attribute: Image(given[name]) for name, attribute in names.items()})


def _error(*texts: str) -> ManifestError:
    return ManifestError(Problem(_PLACE, text) for text in texts)
