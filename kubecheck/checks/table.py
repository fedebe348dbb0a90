"""Every check by its id. A module of checks is a line in `MODULES`."""

from collections.abc import Mapping
from types import ModuleType

from ..check import Check
from . import waivers
from .credentials import config_maps, credentials, secrets
from .namespaces import limit_ranges, quota, rbac, rbac_fields
from .networking import (
    hosts,
    ingresses,
    load_balancers,
    network_policies,
    network_policy_fields,
    service_fields,
    services,
)
from .objects import duplicate_keys, duplicates, field_values, fields, immutable, metadata, versions
from .pods import containers, env, ephemeral_storage, images, pod_security, probes, resources
from .references import keys, references
from .volumes import claims, postgres_image, retention, volumes
from .workloads import autoscaling, disruption_budgets, schedules, workloads

MODULES: tuple[ModuleType, ...] = (
    metadata,
    duplicate_keys,
    versions,
    field_values,
    containers,
    volumes,
    claims,
    schedules,
    fields,
    duplicates,
    references,
    keys,
    env,
    config_maps,
    services,
    service_fields,
    probes,
    images,
    workloads,
    hosts,
    ingresses,
    load_balancers,
    network_policies,
    network_policy_fields,
    credentials,
    secrets,
    pod_security,
    resources,
    autoscaling,
    disruption_budgets,
    ephemeral_storage,
    quota,
    limit_ranges,
    rbac,
    rbac_fields,
    retention,
    immutable,
    postgres_image,
    waivers,
)

CHECKS: Mapping[str, Check] = {
    check.id: check for module in MODULES for check in vars(module).values() if isinstance(check, Check)
}
