"""PostgreSQL, S3 and SMTP once for all tests; a database, a bucket and a pod for each."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import cluster as postgres
from . import s3 as storage
from . import smtp as mail
from .cluster import SMALL, Cluster
from .places import temporary_folder
from .pod import Pod, Sample, manifest_key
from .postgres import DEFAULT, Postgres
from .s3 import S3, Store
from .smtp import Smtp

_number = itertools.count(1)


@pytest.fixture(scope="session")
def clusters() -> Iterator[Callable[[Postgres], Cluster]]:
    """Servers of other programs than the default, each started when it is first asked for."""
    started: dict[Postgres, Cluster] = {}
    with ExitStack() as stack:

        def of(programs: Postgres) -> Cluster:
            if programs not in started:
                started[programs] = stack.enter_context(postgres.cluster(programs))
            return started[programs]

        yield of


@pytest.fixture(scope="session")
def cluster(clusters: Callable[[Postgres], Cluster]) -> Cluster:
    return clusters(DEFAULT)


@pytest.fixture(scope="session")
def large(cluster: Cluster) -> str:
    """The name of a database whose dump is sent in several parts."""
    with temporary_folder() as folder:
        postgres.large(cluster, folder)
    return "large"


@pytest.fixture(scope="session")
def store() -> Iterator[S3]:
    with storage.store() as found:
        yield found


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Smtp]:
    with temporary_folder() as folder, mail.smtp(folder) as found:
        yield found


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as found:
        yield found


@pytest.fixture
def s3(store: S3) -> Iterator[S3]:
    """The store, in order before each test."""
    store.requests.clear()
    yield store
    store.fault = store.hidden = None
    store.clock *= 0


@pytest.fixture
def pod(request: pytest.FixtureRequest, folder: Path, cluster: Cluster, s3: S3, mail_server: Smtp) -> Pod:
    """A pod of the namespace `shop`, beside a database with a few rows."""
    database = SMALL
    if request.node.get_closest_marker("changes_the_database"):
        database = f"shop{next(_number)}"
        cluster.create(database, SMALL)
    return _pod(folder, cluster, s3, mail_server, database)


@pytest.fixture
def pod_of(s3: S3, mail_server: Smtp) -> Iterator[Callable[..., Pod]]:
    """Makes pods whose server, database, image or store is another: pod_of(cluster, database, image)."""
    with ExitStack() as stack:

        def make(cluster: Cluster, database: str = SMALL, image: Postgres = DEFAULT, store: Store | None = None) -> Pod:
            return _pod(stack.enter_context(temporary_folder()), cluster, store or s3, mail_server, database, image)

        yield make


@pytest.fixture(scope="session")
def sample(cluster: Cluster, store: S3, mail_server: Smtp) -> Sample:
    with temporary_folder() as folder:
        pod = _pod(folder, cluster, store, mail_server, SMALL)
        key = pod.back_up()
        return Sample(store.read(pod.bucket, key), json.loads(store.read(pod.bucket, manifest_key(key))))


def _pod(
    folder: Path, cluster: Cluster, s3: S3 | Store, mail_server: Smtp, database: str, image: Postgres = DEFAULT
) -> Pod:
    bucket = f"backups-{next(_number)}"
    s3.client.create_bucket(Bucket=bucket)
    mail_server.mails.clear()
    return Pod(folder, cluster, s3, mail_server, database, bucket, image)
