"""S3: the bucket that keeps the backups."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from kubecheck.objects.names import DNS_LABEL, cidr_problems

from ...config.secret import Secret
from ...core.calls import value_object
from ...core.types import shown
from ...networking.network_policy import Connectable, Endpoint, Internet, addresses, port_problems
from ..external import CertificateAuthority, ipv4

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET")

# Where the agent of EKS Pod Identity listens on every node, and gives a pod the credentials of its own role only
# (Amazon EKS User Guide, How EKS Pod Identity works).
_POD_IDENTITY = Endpoint(peers=addresses(["169.254.170.23/32"]), ports=(80,))

_PORTS = {"https": 443, "http": 80}


@value_object
class S3:
    """The bucket that keeps the backups, and how pods get there: with the keys in a Secret, or with their own role.

    Args:
        secret: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and S3_BUCKET; mounted as files.
        bucket, region: instead of a Secret, where the pods' ServiceAccounts have a role: EKS Pod Identity, or IRSA with
            `Pods(service_account=ServiceAccount(annotations=…))`.
        prefix: what precedes every key; the namespace and the database follow.
        encryption: the server-side encryption that is asked for, AES256 or aws:kms; default AES256. None asks for none,
            and checks none: for a store that refuses to be asked, such as MinIO without a KMS, and encrypts its disks.
        kms_key: for aws:kms, the key's ARN; default the account's own key for S3.
        url: another store that speaks S3's protocol, `https://HOST` or `https://HOST:PORT`; default AWS. The port is
            opened.
        ca_certificates: for a store at `url` whose certificate is of a private authority; its file is mounted, and
            trusted instead of the public authorities' certificates, which are the default.
        addressing: how requests name the bucket: path, `https://HOST/BUCKET`, or virtual, `https://BUCKET.HOST`;
            default auto, which is path where `url` is given.
        store: what answers at `url` inside the cluster: a WebService, a Datastore, or anything with an endpoint. Both
            NetworkPolicies are opened, and http:// is allowed, as it is for Postgres there.
        cidrs: the subnets of a VPC endpoint, or of a store outside the cluster; default the internet, or the address in
            `url` where that has one.
    """

    secret: Secret | None = None
    bucket: str | None = None
    region: str | None = None
    prefix: str = "postgres"
    encryption: str | None = "AES256"
    kms_key: str | None = None
    url: str | None = None
    ca_certificates: CertificateAuthority | None = None
    addressing: Literal["auto", "path", "virtual"] = "auto"
    store: Connectable | None = None
    cidrs: tuple[str, ...] = ()

    @property
    def reads(self) -> dict[Secret, Sequence[str]]:
        """The keys that clients read of Secrets."""
        return {} if self.secret is None else {self.secret: _KEYS}

    @property
    def env(self) -> dict[str, str]:
        told = {
            "AWS_SECRET": self.secret.directory if self.secret else None,
            "S3_BUCKET": self.bucket,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_CA_BUNDLE": self.ca_certificates.file if self.ca_certificates else None,
            "BACKUP_S3_ADDRESSING": None if self.addressing == "auto" else self.addressing,
            "BACKUP_PREFIX": self.prefix,
            "BACKUP_ENCRYPTION": "none" if self.encryption is None else self.encryption,
            "BACKUP_KMS_KEY": self.kms_key,
        }
        return {name: value for name, value in told.items() if value is not None}

    @property
    def endpoints(self) -> tuple[Connectable, ...]:
        """What `connect_to` opens."""
        return (self._store,) if self.secret else (self._store, _POD_IDENTITY)

    @property
    def _store(self) -> Connectable:
        if self.store is not None and _listens(self.store):
            return self.store
        port = _PORTS["https"] if self.url is None else _port(_split(self.url)) or _PORTS["https"]
        return Endpoint(peers=addresses(self._networks), ports=(port,)) if self._networks else Internet(port)

    @property
    def _networks(self) -> tuple[str, ...]:
        """Empty for the internet."""
        host = _split(self.url or "").hostname or ""
        return self.cidrs or ((f"{host}/32",) if ipv4(host) else ())

    def problems(self) -> Iterator[str]:
        if self.secret is None:
            for option in ("bucket", "region"):
                if getattr(self, option) is None:
                    yield f"{option} is not given, and no Secret that tells it; give both, or the Secret with its keys"
        else:
            yield from self.secret.missing_problems(_KEYS)
            if self.bucket or self.region:
                yield f"bucket and region are told by {self.secret.name} already; leave them out, or the Secret"
        if self.encryption not in ("AES256", "aws:kms", None):
            yield f"encryption {self.encryption!r} is not one that S3 knows; write AES256 or aws:kms, or None for none"
        elif self.kms_key and self.encryption != "aws:kms":
            yield f"kms_key {self.kms_key!r} has no effect with {self.encryption}; write encryption='aws:kms'"
        if self.url is not None:
            yield from self._url_problems(self.url)
        if self.ca_certificates is not None:
            yield from self._certificate_problems(self.ca_certificates)
        if self.store is not None:
            yield from self._store_problems(self.store)
        wrong = [problem for cidr in self.cidrs for problem in cidr_problems(cidr)]
        yield from wrong
        address = ipv4(_split(self.url or "").hostname or "")
        if address and not wrong and not any(address in ip_network(cidr) for cidr in self._networks):
            yield f"url has the address {address}, which is in none of its cidrs; leave them out, or add its own"

    def _url_problems(self, url: str) -> Iterator[str]:
        parts = _split(url)
        if "@" in parts.netloc:
            # Not shown: it may hold a password.
            yield "url has a user before its host, whom everyone sees that reads the manifest; leave that to the Secret"
            return
        if parts.scheme not in _PORTS or not _is_host(parts.hostname or "") or any(map(str.isspace, url)):
            yield f"url {url!r} is not an address; write https://HOST or https://HOST:PORT"
            return
        if not (port := _port(parts)) or any(port_problems(port)):
            yield f"url {url!r} has a port that is not from 1 to 65535; write e.g. https://{parts.hostname}:9000"
        elif parts.scheme == "http" and self.store is None:
            yield (
                f"url {url!r} does not begin with https://, and dumps and keys would cross the network in clear; write "
                "https://, or with store=… what answers there inside the cluster"
            )
        if more := url.partition("://")[2][len(parts.netloc) :]:
            yield f"url has {more!r} after its host, where the bucket's name goes; leave it out, or make it the prefix"

    def _certificate_problems(self, authority: CertificateAuthority) -> Iterator[str]:
        if self.url is None:
            yield (
                f"ca_certificates: {authority} would be trusted instead of the public authorities, which AWS' "
                "certificates are of; leave it out, or write the url of the store that it is for"
            )
        elif _split(self.url).scheme == "http" and self.store is not None:
            yield (
                f"ca_certificates: {authority} has no effect with a url of http://, where no certificate is shown; "
                "write https://, or leave it out"
            )

    def _store_problems(self, store: Connectable) -> Iterator[str]:
        named = getattr(store, "name", shown(store))
        if not _listens(store):
            yield f"store {named} listens on no port; give a WebService, a Datastore, or anything with an endpoint"
            return
        endpoint = store.endpoint
        if self.cidrs:
            yield f"cidrs have no effect beside store, for {named} is in the cluster; leave out what is not meant"
        if self.url is None:
            yield f"store {named} has no url; write where it answers inside the cluster, e.g. url='http://minio:9000'"
        if any("ipBlock" in peer for peer in endpoint.peers):
            yield f"store {named} is outside the cluster; leave it out, and give its subnets as cidrs"
        elif self.url is not None and (port := _port(_split(self.url))) and port not in endpoint.ports:
            ports = " and ".join(map(str, endpoint.ports)) or "no port"
            yield f"url {self.url!r} means port {port}, and {named} listens on {ports}; write one that it listens on"


def _listens(store: object) -> bool:
    return isinstance(getattr(store, "endpoint", None), Endpoint)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        return SplitResult("", "", "", "", "")


def _port(parts: SplitResult) -> int | None:
    """None when it is none that there is."""
    try:
        return parts.port if parts.port is not None else _PORTS.get(parts.scheme)
    except ValueError:
        return None


def _is_host(host: str) -> bool:
    """Also of one label, as a Service is called in its namespace."""
    return len(host) <= 253 and all(DNS_LABEL.fullmatch(label) for label in host.split("."))
