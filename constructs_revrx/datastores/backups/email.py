"""Email: who is told of a failure."""

from collections.abc import Iterator, Sequence

from kubecheck.objects.names import cidr_problems

from ...config.secret import Secret
from ...core.calls import value_object
from ...networking.network_policy import Connectable, Endpoint, Internet, addresses

_KEYS = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM")


@value_object
class Email:
    """Who is told of a failure, and through which server; with TLS always.

    Args:
        to: the recipient.
        secret: SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD and SMTP_FROM; mounted as files.
        port: the TCP port that NetworkPolicies open; SMTP_PORT must be the same. STARTTLS, on 465 TLS from the start.
        cidrs: the subnets of a mail server that is not in the internet.
    """

    to: str
    secret: Secret
    port: int = 587
    cidrs: tuple[str, ...] = ()

    @property
    def reads(self) -> dict[Secret, Sequence[str]]:
        """The keys that clients read of Secrets."""
        return {self.secret: _KEYS}

    @property
    def server(self) -> Connectable:
        """What `connect_to` opens."""
        return Endpoint(peers=addresses(self.cidrs), ports=(self.port,)) if self.cidrs else Internet(self.port)

    def problems(self) -> Iterator[str]:
        yield from self.secret.missing_problems(_KEYS)
        if self.to.count("@") != 1:
            yield f"to {self.to!r} is not an address; write e.g. devops@example.com"
        for cidr in self.cidrs:
            yield from cidr_problems(cidr)
