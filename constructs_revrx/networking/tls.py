"""Where the certificates of a host come from, or that there are none."""

import re
from collections.abc import Iterator
from typing import Literal

from kubecheck.objects.names import name_problems

from ..core.calls import value_object
from ..core.labels import Labels

# Source: AWS Service Authorization Reference, ACM (certificate) and IAM (server-certificate).
_CERTIFICATE_ARN = re.compile(
    r"arn:aws[a-z-]*:(acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+|iam::\d{12}:server-certificate/[\w+=,.@/-]+)"
)


@value_object
class Tls:
    """How requests to an ingress controller are encrypted; made by `cert_manager`, `secret` or `none`.

    Args:
        kind, target: set by those three.
    """

    kind: Literal["cert-manager", "secret", "none"]
    target: str

    @classmethod
    def cert_manager(cls, cluster_issuer: str = "letsencrypt") -> "Tls":
        """By a certificate that cert-manager gets and keeps in the Secret NAME-tls.

        Args:
            cluster_issuer: the ClusterIssuer that signs it; default letsencrypt.
        """
        return cls(kind="cert-manager", target=cluster_issuer)

    @classmethod
    def secret(cls, name: str) -> "Tls":
        """By a certificate that is there, for all the hosts.

        `synth` asks that something makes it, or that `external` says who does.

        Args:
            name: of the Secret with it (tls.crt, tls.key), in the workload's namespace.
        """
        return cls(kind="secret", target=name)

    @classmethod
    def none(cls, reason: str) -> "Tls":
        """Not at all; HTTP is not redirected.

        Args:
            reason: e.g. that a load balancer before it ends TLS.
        """
        return cls(kind="none", target=reason)

    @property
    def encrypts(self) -> bool:
        return self.kind != "none"

    @property
    def cluster_issuer(self) -> str | None:
        return self.target if self.kind == "cert-manager" else None

    def secret_name(self, labels: Labels) -> str | None:
        return {"cert-manager": f"{labels.name}-tls", "secret": self.target}.get(self.kind)

    def problems(self) -> Iterator[str]:
        if self.encrypts:
            yield from name_problems(self.target)
        else:
            yield from _reason_problems(self.target)


@value_object
class Acm:
    """Certificates of AWS Certificate Manager; made by `certificates`, `discovered` or `none`.

    Args:
        kind, arns, reason: set by those three.
    """

    kind: Literal["certificates", "discovered", "none"]
    arns: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def certificates(cls, *arns: str) -> "Acm":
        """Those that are named.

        Args:
            arns: of the certificates; the first is for clients that name no host.
        """
        return cls(kind="certificates", arns=arns)

    @classmethod
    def discovered(cls) -> "Acm":
        """Those that Certificate Manager has for the hosts (AWS Load Balancer Controller, Certificate Discovery)."""
        return cls(kind="discovered")

    @classmethod
    def none(cls, reason: str) -> "Acm":
        """None; HTTP is not redirected.

        Args:
            reason: e.g. that CloudFront is before it.
        """
        return cls(kind="none", reason=reason)

    @property
    def encrypts(self) -> bool:
        return self.kind != "none"

    def problems(self) -> Iterator[str]:
        if not self.encrypts:
            yield from _reason_problems(self.reason)
        if self.kind == "certificates" and not self.arns:
            yield "certificates has no ARN; copy it from ACM, or write Acm.discovered()"
        for arn in self.arns:
            if not _CERTIFICATE_ARN.fullmatch(arn):
                yield f"{arn!r} is not a certificate's ARN; copy it from ACM, or write Acm.discovered()"


def _reason_problems(reason: str) -> Iterator[str]:
    if not reason.strip():
        yield "none has no reason; say why nobody can read what is sent"
