"""The recommended labels, and the few of them that objects select by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

K8S = "app.kubernetes.io"

# Kubernetes documentation, Labels and Selectors, Syntax and character set.
_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Labels of one component.

    inherited: the chart's labels, `app.kubernetes.io/part-of` and `instance` among them.
    Source: Kubernetes documentation, Recommended Labels.
    """

    name: str
    component: str
    inherited: Mapping[str, str]

    @property
    def selector(self) -> dict[str, str]:
        """What Deployment, Service, PodDisruptionBudget and NetworkPolicy select by.

        Immutable (Kubernetes API reference, DeploymentSpec): one label more here and every apply to a running
        workload fails until someone deletes it. Argo CD may overwrite `instance`, so that one is never part of it.
        """
        return {f"{K8S}/name": self.name, f"{K8S}/component": self.component}

    @property
    def all(self) -> dict[str, str]:
        return {**self.inherited, **self.selector, f"{K8S}/managed-by": "cdk8s"}


def label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    """Of labels that a user adds."""
    for key in labels:
        if key.startswith(f"{K8S}/"):
            yield f"{key} is the library's own, and selectors may rest on it; choose a key of yours, e.g. team"
    yield from syntax_problems(labels)


def syntax_problems(labels: Mapping[str, Any]) -> Iterator[str]:
    """Of any labels, also those of a patch."""
    for key, value in labels.items():
        if not _KEY.fullmatch(key):
            yield f"{key!r} is not a label's key; write e.g. team or example.com/team"
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            yield f"{key} is {value!r}, which is not a label's value; use at most 63 letters, digits, '-', '_' and '.'"


def annotation_problems(annotations: Mapping[str, Any]) -> Iterator[str]:
    """Source: Kubernetes documentation, Annotations: keys as of labels, any text as the value."""
    for key, value in annotations.items():
        if not _KEY.fullmatch(key):
            yield f"{key!r} is not an annotation's key; write e.g. team or example.com/team"
        if not isinstance(value, str):
            yield f"{key} is {value!r}, which is not text; write {str(value)!r}"
