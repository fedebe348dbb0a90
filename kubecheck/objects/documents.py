"""The objects in a YAML text."""

from typing import Any

import yaml


def load_all(text: str) -> list[Any]:
    """The documents of a file that anyone may have edited; none when it is no YAML, such as after a merge conflict."""
    try:
        return list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
        return []
