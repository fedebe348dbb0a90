"""StatefulSet: one pod that keeps its name and its volume."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from ..core.labels import Labels
from ..core.manifest import Manifest


def stateful_set(
    scope: Construct, labels: Labels, template: Mapping[str, Any], annotations: Mapping[str, str]
) -> Manifest:
    return Manifest(
        scope,
        "stateful-set",
        api_version="apps/v1",
        kind="StatefulSet",
        name=labels.name,
        labels=labels.all,
        annotations=annotations,
        spec={
            "replicas": 1,
            "serviceName": labels.name,
            "selector": {"matchLabels": labels.selector},
            "updateStrategy": {"type": "RollingUpdate"},
            "revisionHistoryLimit": 10,
            "template": template,
        },
    )
