"""A server that others are clients of."""

from ..config.secret import Secret
from .network_policy import Endpoint


class Server:
    """What clients know of a server, in the cluster or outside it.

    host, port: where it listens, for clients in its namespace.
    secret: how they authenticate.
    tls, ca_certificates: whether they connect by TLS, and with what they verify the server.
    endpoint: what NetworkPolicies open.
    """

    name: str
    host: str
    port: int
    secret: Secret
    tls: bool
    ca_certificates: object
    endpoint: Endpoint

    @property
    def full_host(self) -> str:
        """Where it is for clients of other namespaces."""
        return self.host
