"""S3: the bucket that keeps the backups."""

from collections.abc import Iterator

from ._calls import value_object
from ._network import Connectable, Endpoint, Internet, addresses
from ._secrets import Secret
from ._values import cidr_problems

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET")

# Where the agent of EKS Pod Identity listens on every node, and gives a pod the credentials of its own role only
# (Amazon EKS User Guide, How EKS Pod Identity works).
_POD_IDENTITY = Endpoint(peers=addresses(["169.254.170.23/32"]), ports=(80,))


@value_object
class S3:
    """The bucket that keeps the backups, and how pods get there: with the keys in a Secret, or with their own role.

    Args:
        secret: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and S3_BUCKET; mounted as files.
        bucket, region: instead of a Secret, where the pods' ServiceAccounts have a role: EKS Pod Identity, or IRSA with
            `Pods(service_account=ServiceAccount(annotations=…))`.
        prefix: what precedes every key; the namespace and the database follow.
        encryption: the server-side encryption that is asked for; default AES256.
        kms_key: for aws:kms, the key's ARN; default the account's own key for S3.
        url: another store that speaks S3's protocol, over HTTPS on port 443; default AWS.
        cidrs: the subnets of a VPC endpoint or of that store; default the internet.
    """

    secret: Secret | None = None
    bucket: str | None = None
    region: str | None = None
    prefix: str = "postgres"
    encryption: str = "AES256"
    kms_key: str | None = None
    url: str | None = None
    cidrs: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return () if self.secret is None else (self.secret,)

    @property
    def env(self) -> dict[str, str]:
        told = {
            "AWS_SECRET": self.secret.directory if self.secret else None,
            "S3_BUCKET": self.bucket,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL_S3": self.url,
            "BACKUP_PREFIX": self.prefix,
            "BACKUP_ENCRYPTION": self.encryption,
            "BACKUP_KMS_KEY": self.kms_key,
        }
        return {name: value for name, value in told.items() if value is not None}

    @property
    def endpoints(self) -> tuple[Connectable, ...]:
        """What `connect_to` opens."""
        store = Endpoint(peers=addresses(self.cidrs), ports=(443,)) if self.cidrs else Internet(443)
        return (store,) if self.secret else (store, _POD_IDENTITY)

    def problems(self) -> Iterator[str]:
        if self.secret is None:
            for option in ("bucket", "region"):
                if getattr(self, option) is None:
                    yield f"{option} is not given, and no Secret that tells it; give both, or the Secret with its keys"
        else:
            yield from self.secret.problems()
            yield from self.secret.missing(_KEYS)
            if self.bucket or self.region:
                yield f"bucket and region are told by {self.secret.name} already; leave them out, or the Secret"
        if self.encryption not in ("AES256", "aws:kms"):
            yield f"encryption {self.encryption!r} is not one that S3 knows; write AES256 or aws:kms"
        elif self.kms_key and self.encryption != "aws:kms":
            yield f"kms_key {self.kms_key!r} has no effect with {self.encryption}; write encryption='aws:kms'"
        if self.url is not None and not self.url.startswith("https://"):
            yield f"url {self.url!r} does not begin with https://; dumps and keys would cross the network in clear"
        for cidr in self.cidrs:
            yield from cidr_problems(cidr)
