"""Valid values for every option, drawn from the signatures and annotations of constructs and values.

What an annotation does not say, such as which texts are an image, stands in OPTIONS. An option of a plain text or
number that is not there has no strategy, and is named by `without_strategy`.
"""

import base64
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import constructs_revrx
from constructs_revrx import (
    S3,
    Acm,
    AlbIngress,
    AppNamespace,
    CertificateAuthority,
    Container,
    ContainerLimits,
    Datastore,
    Endpoint,
    ExistingClaim,
    ExistingConfigMap,
    ExistingSecrets,
    External,
    ExternalSecrets,
    GatewayRoute,
    Heartbeat,
    Host,
    Internet,
    NginxIngress,
    NodeRequirement,
    Probe,
    QueueScaling,
    RedisList,
    RemoteRef,
    RemoteSecret,
    Resources,
    ScalingPolicy,
    Sealed,
    SealedSecrets,
    Secret,
    SecretsTemplate,
    ServiceAccount,
    Storage,
    Tls,
    Volume,
    WebService,
    Worker,
)
from cdk8s import Chart
from constructs import Construct
from constructs_revrx.core.component import Component
from hypothesis import strategies as st

from .plans import NAMESPACE, Call, Connection, Plan, Ref, Step

Draw = Callable[[st.SearchStrategy[Any]], Any]

LABEL = st.from_regex(r"[a-z]([-a-z0-9]{0,12}[a-z0-9])?", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=2).map(".".join)
PATH = st.lists(LABEL, max_size=3).map(lambda folders: "/" + "/".join(folders))
VARIABLE = st.from_regex(r"[A-Z_][A-Z0-9_]{0,12}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=20)
PORT_NAME = st.from_regex(r"[a-z]([-]?[a-z0-9]){0,4}", fullmatch=True)
LABEL_VALUE = st.from_regex(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,10}[A-Za-z0-9])?)?", fullmatch=True)
LABEL_KEY = st.one_of(LABEL, st.builds("{}/{}".format, NAME, LABEL))
PORT = st.integers(1, 65535)
SECONDS = st.integers(1, 3600)
MEBIBYTES = st.integers(1, 32).map("{}Mi".format)
GIBIBYTES = st.integers(1, 64).map("{}Gi".format)
CIDR = st.sampled_from(["10.0.0.0/16", "10.20.32.0/20", "192.168.1.0/24", "203.0.113.7/32"])
CIDRS = st.lists(CIDR, min_size=1, max_size=2, unique=True)
CLUSTER_NAME = st.sampled_from(["internal", "team.example", "gp3", "a"])

ARNS = [f"arn:aws:acm:eu-central-1:123456789012:certificate/{number}" for number in range(3)]

# Together within 1Gi of memory.
POSTGRES_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "shared_buffers": st.integers(1, 200).map("{}MB".format),
        "work_mem": st.integers(64, 4096).map(str),
        "max_connections": st.integers(1, 200).map(str),
        "app.name": TEXT,
    },
)
REDIS_SETTINGS = st.fixed_dictionaries(
    {}, optional={"maxmemory": st.integers(1, 999).map("{}k".format), "maxmemory-policy": TEXT, "save": TEXT}
)

POSTGRES = ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB")
REDIS = ("REDIS_PASSWORD",)
AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET")
SMTP = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM")


# What others connect to.
LISTENING = ("WebService", "Datastore", "ExternalDatastore")

# Where Secrets come from.
GIVERS = (SealedSecrets, ExistingSecrets, ExternalSecrets)

# Made once, when everything else is there.
LAST = (*GIVERS, SecretsTemplate, AppNamespace)


class NoStrategyError(Exception):
    """An option of which nobody has said what is valid."""


@cache
def signature(make: Callable[..., Any]) -> Mapping[str, tuple[Any, inspect.Parameter]]:
    """The annotation and parameter of each option: of constructs without scope and id."""
    function = make.__init__ if inspect.isclass(make) else make
    hints = get_type_hints(make if inspect.isclass(make) and not issubclass(make, Construct) else function)
    parameters = inspect.signature(function).parameters
    return {name: (hints[name], p) for name, p in parameters.items() if name not in ("self", "scope", "id", "cls")}


def factories(cls: type) -> list[Callable[..., Any]]:
    """How a value is made: by its factories, or its constructor where it has none."""
    found = [name for name, m in vars(cls).items() if isinstance(m, classmethod | staticmethod) and name[0] != "_"]
    return [getattr(cls, name) for name in found] or [cls]


@cache
def makers() -> Mapping[str, Callable[..., Any]]:
    """Each way to make a construct: constructors that are public, and factories."""
    public = [vars(constructs_revrx)[name] for name in constructs_revrx.__all__]
    constructs = [c for c in public if inspect.isclass(c) and issubclass(c, Component)]
    found = [*constructs, *(make for c in constructs for make in factories(c) if make is not c)]
    return {make.__qualname__: make for make in found}


class Drawing:
    """A plan in the making. What must be unlike all others of its kind is numbered."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.plan = Plan(kubernetes=draw(st.sampled_from([None, "1.30", "1.37"])))
        self.is_cpu_limited = draw(st.booleans())
        # Now and then every option of every construct is given.
        self.is_everything = draw(st.integers(0, 4)) == 4
        # Of the call that is being drawn.
        self.options: dict[str, Any] = {}
        self._number = 0
        self.secrets: dict[str, Call] = {}
        self._given: list[Call] = []
        self._volumes: list[Call] = []

    def draw_from(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.draw(strategy)

    def unique(self, strategy: st.SearchStrategy[str] = LABEL) -> str:
        self._number += 1
        return f"{self.draw(strategy)}{self._number}"

    def construct(self, make: Callable[..., Any], **given: Any) -> Ref:
        volumes, self._volumes = self._volumes, []
        call = self.call(make, **given)
        self._volumes = volumes
        step = Step(NAMESPACE if make is AppNamespace else self.unique(), call)
        self.plan.steps.append(step)
        return Ref(step.id)

    def call(self, make: Callable[..., Any], **given: Any) -> Call:
        """A call with the options that it needs, and some of the others."""
        if not given and make.__qualname__ in CALLS:
            made: Call = CALLS[make.__qualname__](self)
            return made
        args: list[Any] = []
        options, outer = dict(given), self.options
        for name, (hint, parameter) in signature(make).items():
            if name in given:
                continue
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                args += self.value(Sequence[hint], make, name)
                continue
            self.options = options
            if parameter.default is inspect.Parameter.empty or self.chosen():
                options[name] = self.value(hint, make, name)
        self.options = outer
        return Call(make, args, options)

    def chosen(self) -> bool:
        return self.is_everything or self.draw(st.booleans())

    def value(self, hint: Any, make: Callable[..., Any], option: str) -> Any:
        if special := said(make, option):
            return special(self)
        return self.of_type(hint, make, option)

    def of_type(self, hint: Any, make: Callable[..., Any], option: str) -> Any:
        if get_origin(hint) is not None:
            return self._composed(hint, make, option)
        if hint in (NoneType, bool):
            return self.draw(st.none() if hint is NoneType else st.booleans())
        if inspect.isclass(hint) and issubclass(hint, Construct):
            return self.reference(hint, make, option)
        if is_value(hint):
            return VALUES[hint](self) if hint in VALUES else self.call(self.draw(st.sampled_from(factories(hint))))
        if special := said(make, option):
            return special(self)
        raise NoStrategyError(f"{make.__qualname__}.{option}: {hint}")

    def _composed(self, hint: Any, make: Callable[..., Any], option: str) -> Any:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return self.of_type(self.draw(st.sampled_from(arguments)), make, option)
        if origin is Literal:
            return self.draw(st.sampled_from(arguments))
        if origin is tuple and arguments[-1] is not Ellipsis:
            return tuple(self.of_type(argument, make, option) for argument in arguments)
        if issubclass(origin, Mapping):
            keys = dict.fromkeys(self.of_type(arguments[0], make, f"{option}.key") for _ in self.some())
            return {key: self.of_type(arguments[1], make, f"{option}.value") for key in keys}
        items = [self.of_type(arguments[0], make, f"{option}.item") for _ in self.some()]
        return tuple(items) if origin is tuple else items

    def some(self, most: int = 2) -> range:
        return range(self.draw(st.integers(0, most)))

    def reference(self, cls: type[Construct], make: Callable[..., Any], option: str) -> Ref:
        if cls is Chart:
            return Ref("main")
        same = [step.id for step in self.plan.steps if isinstance(step, Step) and step.call.make is cls]
        if same and self.draw(st.booleans()):
            return Ref(self.draw(st.sampled_from(same)))
        if cls not in makers().values():
            raise NoStrategyError(f"{make.__qualname__}.{option}: {cls}")
        return self.construct(cls)

    def secret(self, *keys: str) -> Call:
        """One of the app's Secrets with these keys, and any others; or a new one."""
        fitting = [secret for secret in self.secrets.values() if {*keys} <= {*secret.options["keys"]}]
        if fitting and self.draw(st.booleans()):
            return self.draw(st.sampled_from(fitting))  # type: ignore[no-any-return]
        more = self.draw(st.lists(VARIABLE, min_size=not keys, max_size=2))
        name = self.unique(NAME)
        self.secrets[name] = self.call(Secret, name=name, keys=tuple(dict.fromkeys((*keys, *more))))
        return self.secrets[name]

    def share(self, make: Callable[..., Any]) -> list[Call]:
        """Of the Secrets, those that a construct gives: all that no other has given, where it is the last that does."""
        found = [
            each
            for each in self.secrets.values()
            if each not in self._given and (make is GIVERS[-1] or self.draw(st.booleans()))
        ]
        self._given += found
        return found

    def secrets_of_one(self) -> list[Call]:
        """Secrets of which no two are the same."""
        return [*{call.options["name"]: call for call in (self.secret() for _ in self.some())}.values()]

    def pair(self, strategy: st.SearchStrategy[int], unit: str) -> tuple[str, str]:
        low, high = sorted((self.draw(strategy), self.draw(strategy)))
        return f"{low}{unit}", f"{high}{unit}"

    def cpu(self) -> tuple[str, str | None]:
        request, limit = self.pair(st.integers(1, 4000), "m")
        return request, limit if self.is_cpu_limited or self.draw(st.booleans()) else None

    def volume(self) -> Call:
        """One of the pod's, which is shared; or a new one."""
        if self._volumes and self.draw(st.booleans()):
            return self.draw(st.sampled_from(self._volumes))  # type: ignore[no-any-return]
        made = self.call(self.draw(st.sampled_from(factories(Volume))))
        self._volumes.append(made)
        return made

    def ports(self) -> dict[str, int]:
        """Of which no two have a name or a number."""
        return {self.unique(PORT_NAME): 10_000 + self._number for _ in self.some()}

    def probe(self, *ports: str) -> Call:
        """Of one of the ports, if there is any."""
        of_ports = [Probe.http, Probe.tcp, Probe.grpc] if ports else []
        make = self.draw(st.sampled_from([Probe.exec, Probe.none, *of_ports]))
        return self.call(make, **({"port": self.draw(st.sampled_from(["", *ports]))} if make in of_ports else {}))

    def source(self) -> Any:
        """Of a projected volume."""
        (hint, _) = signature(Volume.projected)["sources"]
        return self.of_type(hint, Volume.projected, "sources")

    def folder(self) -> str:
        """That lies inside no other."""
        return f"/{self.unique()}{self.draw(PATH)}".rstrip("/")


def is_value(hint: Any) -> bool:
    """But not a Protocol, which many kinds of things are."""
    if not inspect.isclass(hint) or getattr(hint, "_is_protocol", False):
        return False
    return hint.__module__.startswith("constructs_revrx.") and not issubclass(hint, Construct)


def said(make: Callable[..., Any], option: str) -> Callable[[Drawing], Any] | None:
    """What OPTIONS has of a call's option, else of all options of that name."""
    return _said(f"{make.__qualname__}.{option}")


@cache
def _said(place: str) -> Callable[[Drawing], Any] | None:
    while place:
        for key, found in OPTIONS.items():
            if fnmatchcase(place, key):
                return found if callable(found) else partial(Drawing.draw_from, strategy=found)
        place = place.partition(".")[2]
    return None


def _image(drawing: Drawing) -> str:
    repository = drawing.draw(st.sampled_from(["shop/app", "postgres", "ghcr.io/shop/app", "localhost:5000/a/b__c"]))
    tag = drawing.draw(st.sampled_from([":1", ":16-alpine", ":v1.4.2_rc.1", ""]))
    if tag and drawing.draw(st.booleans()):
        return f"{repository}{tag}"
    return f"{repository}{tag}@sha256:{drawing.draw(st.text('0123456789abcdef', min_size=64, max_size=64))}"


def _schedule(drawing: Drawing) -> str:
    fields = ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))
    choices = [st.one_of(st.just("*"), st.integers(*bounds).map(str), st.just("*/2")) for bounds in fields]
    return " ".join(map(drawing.draw, choices))


def _bucket(drawing: Drawing) -> Call:
    """With the keys in a Secret, or with the pods' own role."""
    secret = drawing.secret(*AWS) if drawing.draw(st.booleans()) else None
    place = {"bucket": None, "region": None} if secret else {"bucket": "backups", "region": "eu-central-1"}
    key = {"encryption": "aws:kms", "kms_key": "arn:aws:kms:eu-central-1:123456789012:key/1"}
    encryption = drawing.draw(st.sampled_from([key, {"encryption": "aws:kms", "kms_key": None}, {"kms_key": None}]))
    if drawing.draw(st.booleans()):
        return drawing.call(S3, secret=secret, store=None, **place, **encryption, **_of_private_authority(drawing))
    inside = {"store": _store(drawing), "url": "http://store:6379", "cidrs": (), "ca_certificates": None}
    return drawing.call(S3, secret=secret, **place, **encryption, **inside)


def _of_private_authority(drawing: Drawing) -> dict[str, Any]:
    """Or not, as AWS."""
    if drawing.draw(st.booleans()):
        return {"url": "https://s3.example.com:9000", "ca_certificates": _authority(drawing)}
    return {"ca_certificates": None}


def _store(drawing: Drawing) -> Ref:
    """What listens at that port of the cluster."""
    return drawing.construct(Datastore.redis, secret=drawing.secret(*REDIS))


def _host(drawing: Drawing) -> str:
    return drawing.draw(st.sampled_from(["", "*."])) + drawing.unique(NAME) + ".example.com"


def _service_account(drawing: Drawing) -> Call:
    """Not both: what exists already takes no annotations."""
    left_out: dict[str, Any] = drawing.draw(st.sampled_from([{"existing": None}, {"annotations": {}}]))
    return drawing.call(ServiceAccount, **left_out)


def _claim(drawing: Drawing) -> Call:
    """That several pods may have."""
    claim = drawing.call(drawing.draw(st.sampled_from([Storage, ExistingClaim])))
    return drawing.call(Volume.claim, claim=claim, name=drawing.unique(PORT_NAME), access_mode="ReadWriteMany")


def _secret_volume(drawing: Drawing) -> Call:
    """With all of its keys, or some."""
    secret = drawing.secret()
    keys = drawing.draw(st.lists(st.sampled_from(secret.options["keys"]), unique=True))
    return drawing.call(Volume.secret, secret=secret, keys=tuple(keys))


def _container(drawing: Drawing, *, ends: bool = False, restart_policy: str | None = None) -> Call:
    """ends: whether it is an init container that others wait for, and so is asked nothing."""
    ports = drawing.ports()
    given: dict[str, Any] = {"ports": ports, "restart_policy": restart_policy}
    for option in ("startup", "readiness", "liveness"):
        given[option] = None if ends or drawing.draw(st.booleans()) else drawing.probe(*ports)
    if ends:
        given["shutdown"] = None
    return drawing.call(Container, **given)


def _containers(drawing: Drawing) -> list[Call]:
    return [_container(drawing) for _ in drawing.some(1)]


def _init_containers(drawing: Drawing) -> list[Call]:
    found = [_container(drawing, ends=True) for _ in drawing.some(1)]
    if drawing.plan.kubernetes is not None:
        found += [_container(drawing, restart_policy="Always") for _ in drawing.some(1)]
    return found


def _metrics_port(drawing: Drawing) -> str:
    """One of the ports that were given just before."""
    return drawing.draw(st.sampled_from(["http", *(drawing.options.get("ports") or {})]))  # type: ignore[no-any-return]


def _worker(drawing: Drawing) -> Call:
    """Its ports decide what it can be asked."""
    ports = drawing.ports()
    given: dict[str, Any] = {"ports": ports, "metrics_port": drawing.draw(st.sampled_from([None, *ports]))}
    for option in ("startup", "readiness"):
        given[option] = drawing.probe(*ports) if drawing.chosen() else None
    given["heartbeat"] = drawing.call(Heartbeat) if drawing.draw(st.booleans()) else drawing.probe(*ports)
    return drawing.call(Worker, **given)


def _node_requirement(drawing: Drawing) -> Call:
    operator = drawing.draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]))
    values: Sequence[str] = ()
    if operator in ("In", "NotIn"):
        values = drawing.draw(st.lists(LABEL_VALUE, min_size=1, max_size=2))
    elif operator in ("Gt", "Lt"):
        values = (str(drawing.draw(st.integers(0, 99))),)
    return drawing.call(NodeRequirement, operator=operator, values=values)


def _at(service: Any, port: str) -> Any:
    return service.at(port)


def _web_service(drawing: Drawing) -> Call:
    """What it speaks decides what it is asked, and which ways in there are."""
    protocol = drawing.draw(st.sampled_from(["http", "websocket", "grpc"]))
    given: dict[str, Any] = {"protocol": protocol, "health_path": None if protocol == "grpc" else drawing.draw(PATH)}
    if protocol == "grpc":
        paths = st.sampled_from(["/", "/shop.Orders", "/shop.Orders/List"])
        given["hosts"] = [drawing.call(Host, path=drawing.draw(paths)) for _ in drawing.some()]
    (hint, _) = signature(WebService)["ingress"]
    way_in = drawing.draw(st.sampled_from(get_args(hint)))
    given["ingress"] = drawing.call(way_in, **_left_out(drawing, way_in, protocol))
    return drawing.call(WebService, **given)


def _left_out(drawing: Drawing, way_in: type, protocol: str) -> dict[str, Any]:
    """What a protocol does not let a way in say."""
    if way_in is GatewayRoute:
        # The one includes the other.
        one = drawing.draw(st.sampled_from(["request_timeout", "backend_request_timeout"]))
        timeouts = [one] if protocol == "http" else ["request_timeout", "backend_request_timeout"]
        return dict.fromkeys(timeouts)
    if protocol == "grpc":
        encrypted = {NginxIngress: Tls.cert_manager, AlbIngress: Acm.discovered}
        return {"tls": drawing.call(encrypted[way_in])} if way_in in encrypted else {"body_size": None}
    return {}


def _fetched(drawing: Drawing, secret: Call) -> Call:
    if drawing.draw(st.booleans()):
        return secret
    keys = drawing.draw(st.lists(st.sampled_from(secret.options["keys"]), unique=True))
    return drawing.call(RemoteSecret, secret=secret, refs={key: drawing.call(RemoteRef) for key in keys})


def _sealed(drawing: Drawing, secret: Call) -> Call:
    # Two bytes with the length of what RSA made, that, and what AES-GCM made.
    value = base64.b64encode((256).to_bytes(2) + bytes(256 + 16)).decode()
    return drawing.call(Sealed, secret=secret, encrypted_data=dict.fromkeys(secret.options["keys"], value))


def _source(drawing: Drawing) -> Ref:
    make = drawing.draw(st.sampled_from([Datastore.postgres, Datastore.external]))
    return drawing.construct(make, secret=drawing.secret(*POSTGRES))


def _external(drawing: Drawing, **given: Any) -> Call:
    """An address needs no subnets beside it."""
    if drawing.draw(st.booleans()):
        return drawing.call(External, host="10.20.30.40", cidrs=(), **given)
    return drawing.call(External, cidrs=tuple(drawing.draw(CIDRS)), **given)


def _file_in_image(drawing: Drawing) -> str:
    return drawing.draw(st.sampled_from(["system", "/etc/ssl/ca.pem"]))  # type: ignore[no-any-return]


def _authority(drawing: Drawing) -> Call:
    """One that exists: of a ConfigMap that is made the key must be among its data."""
    return drawing.call(CertificateAuthority, config_map=drawing.call(ExistingConfigMap))


def _queue_scaling(drawing: Drawing) -> Call:
    """With certificates where, and only where, the server is verified with its own."""
    secret = drawing.secret(*REDIS, "USERNAME", "CA")
    if drawing.draw(st.booleans()):
        return drawing.call(QueueScaling, redis=drawing.construct(Datastore.redis, secret=secret), ca_key=None)
    certificates = drawing.draw(st.sampled_from(["system", "/etc/ssl/redis.pem"]))
    address = _external(drawing, tls=True, ca_certificates=certificates)
    server = drawing.construct(Datastore.external, address=address, secret=secret)
    return drawing.call(QueueScaling, redis=server, ca_key=None if certificates == "system" else "CA")


def _scratch_of_worker(drawing: Drawing) -> dict[str, str]:
    """With the heartbeat's folder."""
    return {"/tmp": drawing.draw(MEBIBYTES), **{drawing.folder(): drawing.draw(MEBIBYTES) for _ in drawing.some()}}


def _some_policies(drawing: Drawing) -> list[Call]:
    return [drawing.call(ScalingPolicy) for _ in range(drawing.draw(st.integers(1, 3)))]


def _some_lists(drawing: Drawing) -> list[Call]:
    return [drawing.call(RedisList) for _ in range(drawing.draw(st.integers(1, 3)))]


def _limits(drawing: Drawing) -> Call:
    most = {"cpu": "9" if drawing.is_cpu_limited else None, "memory": "9Gi", "ephemeral_storage": "9Gi"}
    return drawing.call(ContainerLimits, **most)


# An option of that name, or of that name in that call; of a collection, `.item`, `.key` and `.value` too.
OPTIONS: Mapping[str, Any] = {
    # Programs
    "reference": _image,
    "command": st.lists(TEXT, min_size=1, max_size=3),
    "args": st.lists(TEXT, max_size=2),
    "env.key": VARIABLE,
    "env.value": TEXT,
    "secret_files": Drawing.secrets_of_one,
    "config_files.key": Drawing.folder,
    "Worker.scratch": _scratch_of_worker,
    "scratch.key": Drawing.folder,
    "scratch.value": MEBIBYTES,
    "Resources.cpu": Drawing.cpu,
    "Resources.memory": lambda drawing: drawing.pair(st.integers(1, 4096), "Mi"),
    "Resources.ephemeral_storage": lambda drawing: drawing.pair(st.integers(1, 8), "Gi"),
    "Heartbeat.file": LABEL.map("/tmp/{}".format),
    "max_age_minutes": st.integers(1, 600),
    "Shutdown.pause": st.integers(0, 60),
    "Shutdown.drain": st.integers(0, 3600),
    "deadline": SECONDS,
    "retries": st.integers(0, 9),
    "volumes.key": Drawing.folder,
    "Volume.claim.name": PORT_NAME,
    "Volume.secret.keys": st.just(()),
    "ports": Drawing.ports,
    "containers": _containers,
    "init_containers": _init_containers,
    "Container.name": Drawing.unique,
    "ServiceAccountToken.audience": LABEL,
    "ServiceAccountToken.path": LABEL,
    "expiry": st.integers(600, 86400),
    "DownwardAPI.files.key": LABEL,
    "DownwardAPI.files.value": st.sampled_from(["metadata.name", "metadata.labels", "metadata.labels['team']"]),
    "Volume.projected.sources": lambda drawing: [drawing.source(), *(drawing.source() for _ in drawing.some(1))],
    "ExistingConfigMap.name": NAME,
    # Probes
    "startup": lambda drawing: drawing.probe("http"),
    "readiness": lambda drawing: drawing.probe("http"),
    "liveness": lambda drawing: drawing.probe("http"),
    "path": PATH,
    "health_path": PATH,
    "metrics_path": PATH,
    "metrics_port": _metrics_port,
    "Probe.grpc.service": LABEL,
    "reason": LABEL,
    "period": SECONDS,
    "timeout": SECONDS,
    "failures": st.integers(1, 100),
    # Pods
    "*labels.key": LABEL_KEY,
    "*labels.value": LABEL_VALUE,
    "annotations.key": LABEL_KEY,
    "annotations.value": TEXT,
    "node_selector.key": LABEL_KEY,
    "node_selector.value": LABEL_VALUE,
    "Toleration.key": LABEL_KEY,
    "Toleration.value": LABEL_VALUE,
    "priority_class": CLUSTER_NAME,
    "NodeRequirement.key": LABEL_KEY,
    "NodeRequirement.values": st.just(()),
    "PodAffinityTerm.labels": st.dictionaries(LABEL_KEY, LABEL_VALUE, min_size=1, max_size=2),
    "topology_key": LABEL_KEY,
    "RunAs.user": st.integers(1, 2**31 - 1),
    "RunAs.group": st.integers(1, 2**31 - 1),
    # Replicas
    "replicas": st.integers(0, 20),
    "minimum": st.integers(1, 9),
    "maximum": st.integers(9, 30),
    "Autoscaling.cpu": st.none() | st.integers(1, 300),
    "Autoscaling.memory": st.none() | st.integers(1, 300),
    "ScalingPolicy.value": st.integers(1, 999),
    "period_seconds": st.integers(1, 1800),
    "stabilization_window_seconds": st.integers(0, 3600),
    "policies": _some_policies,
    # Queues
    "QueueScaling.lists": _some_lists,
    "QueueScaling.minimum": st.integers(0, 9),
    "QueueScaling.cpu": st.none() | st.integers(1, 300),
    "QueueScaling.memory": st.none() | st.integers(1, 300),
    "polling_interval": SECONDS,
    "cooldown_period": st.integers(0, 3600),
    "password_key": st.sampled_from([None, *REDIS]),
    "username_key": st.sampled_from([None, "USERNAME"]),
    "ca_key": st.just("CA"),
    "database": st.integers(0, 15),
    "operator_namespace": LABEL,
    "RedisList.name": TEXT.filter(bool),
    "length": st.integers(1, 999),
    "activation": st.integers(0, 99),
    "Fallback.replicas": st.integers(0, 9),
    "failure_threshold": st.integers(0, 9),
    # Ways in
    "port": st.integers(1024, 9999),
    "Internet.port": PORT,
    "Endpoint.peers": st.lists(CIDR.map(lambda cidr: {"ipBlock": {"cidr": cidr}}), min_size=1, max_size=2).map(tuple),
    "Endpoint.ports": st.lists(PORT, min_size=1, max_size=2).map(tuple),
    "Endpoint.policy": st.none(),
    "Email.port": PORT,
    "Datastore.external.port": PORT,
    "Host.name": _host,
    "Tls.secret.name": lambda drawing: drawing.secret().options["name"],
    "arns": st.lists(st.sampled_from(ARNS), min_size=1, unique=True),
    "AlbIngress.group": LABEL,
    "AlbIngress.sticky": SECONDS,
    "StickyCookie.name": LABEL,
    "max_age": SECONDS,
    "session_affinity": SECONDS,
    "gateway": NAME,
    "GatewayRoute.namespace": LABEL,
    "proxy_namespace": LABEL,
    "listener": st.sampled_from(["https", "secure"]),
    "redirect_listener": st.sampled_from(["http", "plain"]),
    "https_entry_point": st.sampled_from(["websecure", "https"]),
    "http_entry_point": st.sampled_from(["web", "http"]),
    "*_headers.key": st.sampled_from(["X-Forwarded-Prefix", "Strict-Transport-Security", "X-A"]),
    "*_headers.value": LABEL,
    "class_name": CLUSTER_NAME,
    "cluster_issuer": CLUSTER_NAME,
    "controller_namespace": LABEL,
    "*_timeout": SECONDS,
    "TraefikIngress.body_size": MEBIBYTES,
    "body_size": st.integers(0, 999).map("{}m".format),
    "Monitoring.namespace": LABEL,
    # Data
    "ContainerLimits.memory": st.just("9Gi"),
    "ContainerLimits.ephemeral_storage": st.just("9Gi"),
    "ContainerLimits.cpu": st.just("9"),
    "Volume.empty_dir.size": MEBIBYTES,
    "size": GIBIBYTES,
    "storage_class": CLUSTER_NAME,
    "ExistingClaim.name": NAME,
    "ServiceAccount.existing": NAME,
    "External.host": LABEL.map("{}.rds.example.com".format),
    "cidrs": CIDRS.map(tuple),
    "ca_certificates": lambda drawing: drawing.draw(st.sampled_from([_file_in_image, _authority]))(drawing),
    "CertificateAuthority.key": st.just("ca.pem"),
    "Datastore.postgres.secret": lambda drawing: drawing.secret(*POSTGRES),
    "Datastore.redis.secret": lambda drawing: drawing.secret(*REDIS),
    "Datastore.secret": lambda drawing: drawing.secret("COOKIE", "KEY"),
    "Datastore.postgres.resources": lambda drawing: drawing.call(
        Resources, memory=drawing.pair(st.integers(1024, 4096), "Mi")
    ),
    "Datastore.postgres.configuration": POSTGRES_SETTINGS,
    "Datastore.postgres.shared_memory": MEBIBYTES,
    "Datastore.redis.configuration": REDIS_SETTINGS,
    "configuration.key": st.sampled_from(["quorum", "vm.limit"]),
    "configuration.value": TEXT,
    "component": LABEL,
    "port_name": LABEL,
    "data_path": Drawing.folder,
    "ready": st.lists(TEXT, min_size=1, max_size=3),
    "grace": SECONDS,
    "Engine.keys": st.sampled_from([(), ("COOKIE",), ("COOKIE", "KEY")]),
    # Backups
    "BackupCronJob.source": _source,
    "schedule": _schedule,
    "*_schedule": _schedule,
    "time_zone": st.sampled_from(["Etc/UTC", "Europe/Berlin", "America/Argentina/Ushuaia"]),
    "retention_days": st.integers(1, 999),
    "keep_newest": st.integers(1, 99),
    "S3.prefix": LABEL,
    "S3.bucket": LABEL,
    "S3.kms_key": LABEL,
    "S3.url": st.sampled_from(["https://s3.example.com", "https://s3.example.com:9000"]),
    "S3.encryption": st.sampled_from(["AES256", None]),
    "S3.store": _store,
    "Email.secret": lambda drawing: drawing.secret(*SMTP),
    "Email.to": LABEL.map("{}@example.com".format),
    # Settings and secrets
    "Secret.name": NAME,
    "Secret.keys": st.just(("KEY",)),
    "revision": LABEL,
    "encrypted_data": st.just({}),
    "data.key": st.from_regex(r"[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,8}", fullmatch=True),
    "data.value": TEXT,
    "region": st.just("eu-central-1"),
    "prefix": LABEL.map("{}/".format),
    "RemoteSecret.refs.key": st.just("KEY"),
    "ExistingStore.name": NAME,
    "refresh_interval": st.sampled_from(["15m", "1h30m"]),
    "RemoteRef.key": LABEL,
    "property": LABEL,
    "version": LABEL,
    "ExternalSecrets.secrets": lambda drawing: [_fetched(drawing, each) for each in drawing.share(ExternalSecrets)],
    "SealedSecrets.secrets": lambda drawing: [_sealed(drawing, each) for each in drawing.share(SealedSecrets)],
    "ExistingSecrets.secrets": lambda drawing: drawing.share(ExistingSecrets),
    "SecretsTemplate.secrets": lambda drawing: [*drawing.secrets.values()],
    # Guards, which hold whatever the others draw
    "deployers": LABEL,
    "viewers": LABEL,
    "Quota.cpu": lambda drawing: ("9000", "90000" if drawing.is_cpu_limited else None),
    "Quota.memory": st.just(("9Ti", "90Ti")),
    "Quota.ephemeral_storage": st.just(("9Ti", "90Ti")),
    "Quota.pods": st.integers(2000, 9000),
    "Quota.storage": st.just("90Ti"),
    "volume_claims": st.integers(9000, 99000),
}

# Values that are chosen among those of the app.
VALUES: Mapping[Any, Callable[[Drawing], Any]] = {Secret: Drawing.secret, Volume: Drawing.volume}

# Calls of which one option depends on another.
CALLS: Mapping[str, Callable[[Drawing], Call]] = {
    "QueueScaling": _queue_scaling,
    "ServiceAccount": _service_account,
    "WebService": _web_service,
    "Worker": _worker,
    "External": _external,
    "CertificateAuthority": _authority,
    "NodeRequirement": _node_requirement,
    "AppNamespace": lambda drawing: drawing.call(AppNamespace, limits=_limits(drawing)),
    "ContainerLimits": _limits,
    "Volume.claim": _claim,
    "Volume.secret": _secret_volume,
    "S3": _bucket,
}


def without_strategy() -> list[str]:
    """The options of which nobody has said what is valid, down into the values."""
    return sorted({*_missing([*makers().values()])})


def _missing(left: list[Callable[..., Any]]) -> Iterator[str]:
    seen = set(left)
    while left:
        make = left.pop()
        for name, (hint, _) in signature(make).items():
            for leaf, place in _leaves(hint, name):
                more = factories(leaf) if is_value(leaf) else []
                left += [each for each in more if each not in seen]
                seen |= {*more}
                known = said(make, name) or said(make, place)
                if not more and not known and leaf not in (NoneType, bool, Chart, *makers().values()):
                    yield f"{make.__qualname__}.{place}: {leaf}"


def _leaves(hint: Any, place: str) -> Iterator[tuple[Any, str]]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return
    if origin in (Union, UnionType) or (origin is tuple and arguments[-1] is not Ellipsis):
        for argument in arguments:
            yield from _leaves(argument, place)
    elif origin is not None and issubclass(origin, Mapping):
        yield from _leaves(arguments[0], f"{place}.key")
        yield from _leaves(arguments[1], f"{place}.value")
    elif origin is not None:
        yield from _leaves(arguments[0], f"{place}.item")
    else:
        yield hint, place


@st.composite
def plans(draw: Draw, *kinds: str) -> Plan:
    """An app: of the kinds of constructs given, or of any, with what they need, connected to each other."""
    drawing = Drawing(draw)
    for kind, make in makers().items():
        if make not in LAST and (kind in kinds if kinds else drawing.chosen()):
            drawing.construct(make)
    plan = drawing.plan
    steps = [step for step in plan.steps if isinstance(step, Step)]
    targets: list[Any] = [Ref(step.id) for step in steps if step.call.make.__qualname__.partition(".")[0] in LISTENING]
    for step in steps:
        if hasattr(step.call.make, "at"):
            targets += [Call(_at, (Ref(step.id), port)) for port in step.call.options.get("ports", ())]
    for step in steps:
        if hasattr(step.call.make, "connect_to") and draw(st.booleans()):
            outside = [drawing.call(Internet), drawing.call(Endpoint)]
            chosen = draw(st.lists(st.sampled_from([*outside, *targets]), min_size=1, max_size=3))
            plan.steps.append(Connection(step.id, chosen))
    for make in LAST:
        if make is GIVERS[-1] or make.__qualname__ in kinds or (not kinds and drawing.chosen()):
            drawing.construct(make)
    return plan
