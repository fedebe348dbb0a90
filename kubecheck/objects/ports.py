"""Ports, as the API server accepts them."""

import re
from typing import Any

# RFC 6335, 5.1; Kubernetes, apimachinery, pkg/util/validation, IsValidPortName.
_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


def is_port_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def is_port_name(value: Any) -> bool:
    """Of a container's port; a Service's may be any DNS label."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
