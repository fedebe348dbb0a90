"""A server outside the cluster: where it is, what its certificate is verified with, and what others connect to."""

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_network

from constructs import Construct

from kubecheck.objects.names import cidr_problems, host_name_problems

from ..config.config_map import ConfigMap, ExistingConfigMap, key_problems
from ..config.secret import Secret
from ..core.calls import value_object
from ..core.component import Component
from ..core.errors import OptionProblem
from ..core.options import keywords_of
from ..networking.network_policy import Endpoint, addresses, port_problems
from ..networking.server import Server


@value_object
class CertificateAuthority:
    """The certificates of an authority that no image knows, such as a company's own or Amazon RDS': a file of a
    ConfigMap. An authority's certificates are public; the ConfigMap may be read by anyone.

    Args:
        config_map: one of this chart, or one that exists in the namespace of the pods that connect.
        key: whose value is the certificates, in PEM, one after another.
    """

    config_map: ConfigMap | ExistingConfigMap
    key: str

    @property
    def directory(self) -> str:
        """Where pods that connect mount the ConfigMap."""
        return f"/run/certificates/{self.config_map.name}"

    @property
    def file(self) -> str:
        return f"{self.directory}/{self.key}"

    def problems(self) -> Iterator[str]:
        yield from key_problems(self.key)
        if isinstance(self.config_map, ConfigMap) and self.key not in self.config_map.data:
            keys = ", ".join(self.config_map.data) or "none at all"
            yield f"{self.config_map.name} has no key {self.key!r}, but {keys}; name the one with the certificates"

    def __str__(self) -> str:
        return f"{self.key} of the ConfigMap {self.config_map.name}"


@value_object
class External:
    """A database server outside the cluster, e.g. RDS or ElastiCache.

    Args:
        host: its DNS name, or its IPv4 address.
        cidrs: where the name may resolve to. NetworkPolicies know addresses, not names, and let through only these.
            Default the address, when `host` is one.
        tls: whether clients encrypt and verify; default yes. At an address its certificate has to name that.
        ca_certificates: what they verify with: a CertificateAuthority, whose file is mounted, or a file in the client's
            image; default what its system trusts (`sslrootcert=system`, libpq 16), to which no private authority
            belongs, nor that of RDS.
    """

    host: str
    cidrs: tuple[str, ...] = ()
    tls: bool = True
    ca_certificates: str | CertificateAuthority = "system"

    def problems(self) -> Iterator[str]:
        address = ipv4(self.host)
        if address is None:
            yield from host_name_problems(self.host)
        wrong = [problem for cidr in self.cidrs for problem in cidr_problems(cidr)]
        yield from wrong
        if not self.networks:
            yield f"cidrs is empty, so no pod could reach {self.host}; give the subnets it lives in, e.g. 10.0.0.0/16"
        elif address and not wrong and not any(address in ip_network(cidr) for cidr in self.networks):
            yield f"host {self.host} is in none of its cidrs, so no pod could reach it; leave them out, or add its own"

    @property
    def networks(self) -> tuple[str, ...]:
        """What NetworkPolicies let through."""
        return self.cidrs or ((f"{self.host}/32",) if ipv4(self.host) else ())


def ipv4(host: str) -> IPv4Address | None:
    """The address that a host is, if it is one."""
    try:
        return IPv4Address(host)
    except ValueError:
        return None


@value_object
class ExternalDatastoreOptions:
    """The options of an ExternalDatastore.

    Args:
        address: its host name and its addresses.
        port: its TCP port.
        secret: how clients authenticate; read by those that are given it, such as BackupCronJob.
    """

    address: External
    port: int
    secret: Secret

    def problems(self) -> Iterator[str]:
        yield from (OptionProblem("port", problem) for problem in port_problems(self.port))


class ExternalDatastore(Component, Server):
    """A server outside the cluster: emits nothing, and is what others connect to.

    `tls` says whether they do so by TLS, as `rediss://` and `sslmode=verify-full` ask for, and `ca_certificates` with
    what they verify it.

    Its options are the fields of ExternalDatastoreOptions.
    """

    @keywords_of(ExternalDatastoreOptions)
    def __init__(self, scope: Construct, id: str, options: ExternalDatastoreOptions) -> None:
        super().__init__(scope, id, component="database", options=options)
        address = options.address
        self.host, self.port, self.secret = address.host, options.port, options.secret
        self.tls, self.ca_certificates = address.tls, address.ca_certificates
        self.endpoint = Endpoint(peers=addresses(address.networks), ports=(self.port,))
