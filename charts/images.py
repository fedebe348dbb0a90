"""charts/images.yaml, read."""

from collections.abc import Mapping
from pathlib import Path

from constructs_revrx import Image, ManifestError, Problem
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

_FILE = Path(__file__).with_name("images.yaml")


class Images(dict[str, Image]):
    """The images of an environment by component, as images.yaml names them.

    Raises:
        ManifestError: a component that is asked for is not in the file.
    """

    def __init__(self, environment: str, images: Mapping[str, Image]) -> None:
        super().__init__(images)
        self._environment = environment

    def __missing__(self, component: str) -> Image:
        raise _error(f"{self._environment}: {component} is missing; add it as name:tag or name@digest")


def images_of(environment: str, file: Path = _FILE) -> Images:
    """The images of an environment.

    Raises:
        ManifestError: the file cannot be read, is not YAML, or holds something else than text for a component.
    """
    try:
        content = YAML(typ="safe").load(file)
    except MarkedYAMLError as error:
        raise _error(f"is not YAML: {error.problem}, line {error.problem_mark.line + 1}") from None
    except OSError as error:
        raise _error(f"cannot be read: {error.strerror}; restore it from git") from None
    given = content.get(environment) if isinstance(content, Mapping) else None
    if not isinstance(given, Mapping):
        raise _error(f"{environment}: is not there; give it the image of each component")
    wrong = [name for name, reference in given.items() if not isinstance(reference, str)]
    if wrong:
        raise _error(*(f"{environment}: {name}: {given[name]!r} is not text; write name:tag" for name in wrong))
    return Images(environment, {name: Image(reference) for name, reference in given.items()})


def _error(*texts: str) -> ManifestError:
    return ManifestError(Problem(f"charts/{_FILE.name}", text) for text in texts)
