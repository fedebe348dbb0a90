"""Keys and values of labels and annotations, as the API server accepts them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Kubernetes documentation, Labels and Selectors, Syntax and character set.
_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")


def syntax_problems(labels: Mapping[Any, Any]) -> Iterator[str]:
    """Of any labels, also those of a patch."""
    for key, value in labels.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            yield f"{key!r} is not a label's key; write e.g. team or example.com/team"
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            yield f"{key} is {value!r}, which is not a label's value; use at most 63 letters, digits, '-', '_' and '.'"


def annotation_problems(annotations: Mapping[Any, Any]) -> Iterator[str]:
    """Source: Kubernetes documentation, Annotations: keys as of labels, any text as the value."""
    for key, value in annotations.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            yield f"{key!r} is not an annotation's key; write e.g. team or example.com/team"
        if not isinstance(value, str):
            yield f"{key} is {value!r}, which is not text; write {str(value)!r}"
