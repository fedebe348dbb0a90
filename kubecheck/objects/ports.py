"""Ports, as the API server accepts them."""

import re
from collections.abc import Mapping
from typing import Any

from .fields import at, entries

# RFC 6335, 5.1; Kubernetes, apimachinery, pkg/util/validation, IsValidPortName.
_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


def is_port_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def is_port_name(value: Any) -> bool:
    """Of a container's port; a Service's may be any DNS label."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def mentions(container: Mapping[str, Any], number: int) -> bool:
    """Whether its command, arguments or variables have the number, as `--metrics-bind-address=:8443` has 8443: then it
    listens there, though it does not declare the port."""
    texts = [at(container, "command"), at(container, "args"), [at(each, "value") for each in entries(container, "env")]]
    return re.search(rf"(?<!\d){number}(?!\d)", str(texts)) is not None
