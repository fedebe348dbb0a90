"""What Kubernetes makes of plain objects: each rule about finished manifests, with an id.

It knows neither cdk8s nor Node: the standard library and PyYAML are enough.
"""

from .check import Check, Cluster, Finding, Known, Unseen
from .checks.table import CHECKS
from .run import Report, run
from .waivers import Waiver

__all__ = ["CHECKS", "Check", "Cluster", "Finding", "Known", "Report", "Unseen", "Waiver", "run"]
