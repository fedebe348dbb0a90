"""AlbIngress: requests from outside through an AWS Application Load Balancer."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from constructs import Construct

from kubecheck.objects.names import cidr_problems, name_problems

from ..core.calls import value_object
from ..core.errors import OptionProblem
from .backend import Backend
from .ingress import ingress_object
from .network_policy import addresses
from .router import STREAM_TIMEOUT, Exposure, Router, seconds_problems
from .tls import Acm

_PREFIX = "alb.ingress.kubernetes.io"

# Elastic Load Balancing, Application Load Balancers: Connection idle timeout; Sticky sessions.
_LONGEST_IDLE = 4000
_LONGEST_STICKY = 604_800

# AWS Load Balancer Controller, IngressGroup.
_GROUP = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")


@value_object
class AlbIngress(Router):
    """An Ingress for the AWS Load Balancer Controller: a load balancer that connects to the pods themselves.

    HTTP is redirected to HTTPS. A load balancer has no limit on the size of a body, and no other timeout.

    Args:
        cidrs: the subnets of the load balancer, whose addresses requests and health checks come from; only they may
            connect.
        class_name: the IngressClass.
        tls: the hosts' certificates; default those that AWS Certificate Manager has for the hosts.
        scheme: internal, for the VPC alone; or internet-facing.
        group: the IngressGroup, whose Ingresses share one load balancer; default one of its own.
        idle_timeout: seconds without a byte, at most 4000; default 60, for websockets and gRPC 3600. It is the load
            balancer's: the same for all of a group.
        sticky: seconds that a browser stays with one pod, at most 604800 (a week), by the cookie AWSALB; default not.

    Source: AWS Load Balancer Controller, Ingress annotations.
    """

    cidrs: Sequence[str]
    class_name: str = "alb"
    tls: Acm = Acm.discovered()
    scheme: Literal["internal", "internet-facing"] = "internal"
    group: str | None = None
    idle_timeout: int | None = None
    sticky: int | None = None

    @property
    def peers(self) -> Sequence[dict[str, Any]]:
        return addresses(self.cidrs)

    def expose(self, scope: Construct, backend: Backend) -> Exposure:
        listeners, annotations = [{"HTTP": 80}], {}
        if self.tls.encrypts:
            listeners.append({"HTTPS": 443})
            annotations["ssl-redirect"] = "443"
            if self.tls.arns:
                annotations["certificate-arn"] = ",".join(self.tls.arns)
        idle = self.idle_timeout or (STREAM_TIMEOUT if backend.streams else 60)
        annotations |= {
            "scheme": self.scheme,
            # Else requests would go through ports of the nodes, which the namespace's quota forbids.
            "target-type": "ip",
            "listen-ports": json.dumps(listeners),
            "load-balancer-attributes": f"idle_timeout.timeout_seconds={idle}",
            **_health_check(backend),
        }
        if backend.protocol == "grpc":
            annotations["backend-protocol-version"] = "GRPC"
        if self.group is not None:
            annotations["group.name"] = self.group
        if self.sticky is not None:
            annotations["target-group-attributes"] = (
                f"stickiness.enabled=true,stickiness.type=lb_cookie,stickiness.lb_cookie.duration_seconds={self.sticky}"
            )
        named = {f"{_PREFIX}/{name}": value for name, value in annotations.items()}
        route = ingress_object(scope, backend, class_name=self.class_name, tls=None, annotations=named)
        return Exposure(routes=(route,))

    def problems(self) -> Iterator[str]:
        yield from (f"class_name: {text}" for text in name_problems(self.class_name))
        if not self.cidrs:
            yield "cidrs is empty, so no request could reach a pod; give the load balancer's subnets, e.g. 10.0.0.0/20"
        for cidr in self.cidrs:
            yield from cidr_problems(cidr)
        yield from seconds_problems(self, "idle_timeout", "sticky")
        if (self.idle_timeout or 0) > _LONGEST_IDLE:
            yield f"idle_timeout {self.idle_timeout} is above {_LONGEST_IDLE}, the most that AWS takes"
        if (self.sticky or 0) > _LONGEST_STICKY:
            yield f"sticky {self.sticky} is above {_LONGEST_STICKY}, a week, the most that AWS takes"
        if self.group is not None and not _GROUP.fullmatch(self.group):
            yield f"group {self.group!r} is not an IngressGroup's name; use at most 63 of a-z, 0-9, '-' and '.'"

    def refusals(self, backend: Backend) -> Iterator[OptionProblem]:
        if backend.protocol == "grpc" and not self.tls.encrypts:
            yield OptionProblem("ingress", "a load balancer takes gRPC over HTTPS only; give it a certificate")


def _health_check(backend: Backend) -> dict[str, str]:
    """The load balancer asks each pod itself; for gRPC the method of the gRPC health protocol, whose OK is 0."""
    if backend.protocol == "grpc":
        return {"healthcheck-path": "/grpc.health.v1.Health/Check", "success-codes": "0"}
    return {"healthcheck-path": backend.ready_path or "/", "success-codes": "200"}
