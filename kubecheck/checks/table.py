"""Every check by its id. A module of checks is a line in `_MODULES`."""

from collections.abc import Mapping
from types import ModuleType

from ..check import Check
from . import credentials, metadata, retention, waivers

_MODULES: tuple[ModuleType, ...] = (
    metadata,
    credentials,
    retention,
    waivers,
)

CHECKS: Mapping[str, Check] = {
    check.id: check for module in _MODULES for check in vars(module).values() if isinstance(check, Check)
}
