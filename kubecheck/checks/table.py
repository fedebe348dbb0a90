"""Every check by its id. A module of checks is a line in `MODULES`."""

from collections.abc import Mapping
from types import ModuleType

from ..check import Check
from . import (
    autoscaling,
    credentials,
    disruption_budgets,
    duplicate_keys,
    duplicates,
    ephemeral_storage,
    fields,
    hosts,
    immutable,
    keys,
    limit_ranges,
    load_balancers,
    metadata,
    pod_security,
    postgres_image,
    probes,
    quota,
    references,
    resources,
    retention,
    services,
    versions,
    waivers,
    workloads,
)

MODULES: tuple[ModuleType, ...] = (
    metadata,
    duplicate_keys,
    versions,
    fields,
    duplicates,
    references,
    keys,
    services,
    probes,
    workloads,
    hosts,
    load_balancers,
    credentials,
    pod_security,
    resources,
    autoscaling,
    disruption_budgets,
    ephemeral_storage,
    quota,
    limit_ranges,
    retention,
    immutable,
    postgres_image,
    waivers,
)

CHECKS: Mapping[str, Check] = {
    check.id: check for module in MODULES for check in vars(module).values() if isinstance(check, Check)
}
