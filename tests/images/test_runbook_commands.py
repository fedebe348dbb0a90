"""The runbooks' commands for AWS, against moto; and those in Postgres' container, whose shell stands beside a real one.

tests/docs/runbooks.py says what a command is; tests/e2e runs those for a cluster.
"""

import itertools
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from ..docs.runbooks import sections
from .cluster import SMALL, USER, Cluster
from .container import kubectl
from .places import ROOT
from .s3 import S3

AWS, DATABASE = sections("aws"), sections("database")
# test_major_upgrade.py plays these with two servers.
PLAYED = {"postgres-major-upgrade: Before the day", "postgres-major-upgrade: The day"}
BACKEND_SECRET = "revrx/production/backend-secret"
_number = itertools.count(1)


@dataclass(frozen=True)
class Account:
    """An account that others have used before."""

    endpoint: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            aws_access_key_id="tester",
            aws_secret_access_key="tester",
            region_name="us-east-1",
        )

    def secret(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(
            self.client("secretsmanager").get_secret_value(SecretId=BACKEND_SECRET)["SecretString"]
        )
        return found

    def write_secret(self, **values: str) -> None:
        secrets, text = self.client("secretsmanager"), json.dumps(values)
        try:
            secrets.put_secret_value(SecretId=BACKEND_SECRET, SecretString=text)
        except secrets.exceptions.ResourceNotFoundException:
            secrets.create_secret(Name=BACKEND_SECRET, SecretString=text)

    def bucket(self) -> str:
        bucket = f"files-{next(_number)}"
        self.client("s3").create_bucket(Bucket=bucket)
        return bucket


@pytest.fixture
def account(s3: S3) -> Account:
    return Account(s3.endpoint)


Values = dict[str, str]
Scenario = Callable[[Account], Iterator[Values]]


def first(account: Account) -> Iterator[Values]:
    subnets = [each["SubnetId"] for each in account.client("ec2").describe_subnets()["Subnets"][:2]]
    account.client("eks").create_cluster(
        name="production",
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": subnets},
    )
    yield {"CLUSTER": "production"}


def versions_are_kept(account: Account) -> Iterator[Values]:
    bucket = account.bucket()
    yield {"BUCKET": bucket}
    assert account.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def dumps(account: Account) -> Iterator[Values]:
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="postgres/revrx/shop/2026/11/24/20261124T020000Z-scheduled.dump")
    yield {"BUCKET": bucket}


def by_lifecycle(account: Account) -> Iterator[Values]:
    bucket = account.bucket()
    yield {"BUCKET": bucket}
    rules = account.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["ID"] for rule in rules] == ["postgres-backups"]


def the_secret_before(account: Account) -> Iterator[Values]:
    good, bad = {"DATABASE_URL": "postgresql://good", "JWT_SECRET": "a b"}, {"DATABASE_URL": "postgresql://bad"}
    account.write_secret(**good)
    account.write_secret(**bad)
    account.client("secretsmanager").delete_secret(SecretId=BACKEND_SECRET)
    # A word of AWS' own, not for the reader to replace.
    yield {"AWSPREVIOUS": "AWSPREVIOUS"}
    assert account.secret() == good


def an_instance_of_a_node(account: Account) -> Iterator[Values]:
    ec2 = account.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    yield {"INSTANCE": instance}
    [reservation] = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "terminated"


def a_volume(account: Account) -> Iterator[Values]:
    ec2 = account.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    yield {"VOLUME": volume}
    assert ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [volume]}])["Snapshots"]


def a_point_in_time(account: Account) -> Iterator[Values]:
    ec2, rds = account.client("ec2"), account.client("rds")
    subnets = ec2.describe_subnets()["Subnets"][:2]
    of_default = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    of_databases = ec2.create_security_group(GroupName="databases", Description="of the cluster's pods")["GroupId"]
    groups = [of_default, of_databases]
    rds.create_db_subnet_group(
        DBSubnetGroupName="databases",
        DBSubnetGroupDescription="of the cluster's network",
        SubnetIds=[each["SubnetId"] for each in subnets],
    )
    rds.create_db_parameter_group(DBParameterGroupName="tuned", DBParameterGroupFamily="postgres16", Description="ours")
    source = rds.create_db_instance(
        DBInstanceIdentifier="revrx",
        DBInstanceClass="db.m6g.large",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername=USER,
        MasterUserPassword="password",
        DBSubnetGroupName="databases",
        DBParameterGroupName="tuned",
        VpcSecurityGroupIds=groups,
        BackupRetentionPeriod=7,
    )["DBInstance"]
    old = source["Endpoint"]["Address"]
    new = old.replace("revrx.", "revrx-restored.")
    account.write_secret(DATABASE_URL=f"postgresql://u:p@{old}:5432/revrx", JWT_SECRET=f"at {old}")
    yield {
        "INSTANCE": "revrx",
        "CLASS": source["DBInstanceClass"],
        "SUBNETS": "databases",
        "PARAMETERS": "tuned",
        "GROUPS": " ".join(groups),
        "OLD-HOST": old,
        "NEW-HOST": new,
    }
    [restored] = rds.describe_db_instances()["DBInstances"]
    assert restored["Endpoint"]["Address"] == new
    assert account.secret() == {"DATABASE_URL": f"postgresql://u:p@{new}:5432/revrx", "JWT_SECRET": f"at {old}"}
    [snapshot] = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"] == "revrx-final"


def files(account: Account) -> Iterator[Values]:
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(key: str, body: bytes) -> str:
        version: str = s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
        return version

    def contents() -> dict[str, bytes]:
        listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
        return {each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed}

    good = put("uploads/a b.pdf", b"good")
    put("uploads/a b.pdf", b"overwritten")
    for number in range(3):
        put(f"uploads/{number}.pdf", b"good")
    put("elsewhere", b"stays deleted")
    before = datetime.now(UTC)
    for key in [*contents()]:
        if key != "uploads/a b.pdf":
            s3.delete_object(Bucket=bucket, Key=key)
    yield {
        "BUCKET": bucket,
        "PREFIX": "uploads/",
        "KEY": "uploads/a b.pdf",
        "VERSION": good,
        "2026-11-24T12:00:00": before.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    assert contents() == {
        "uploads/a b.pdf": b"good",
        **{f"uploads/{number}.pdf": b"good" for number in range(3)},
    }


def a_new_bucket(account: Account) -> Iterator[Values]:
    bucket = f"new-{next(_number)}"
    yield {"BUCKET": bucket}
    closed = account.client("s3").get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(closed.values()) == {True}


def new_secrets(account: Account) -> Iterator[Values]:
    """Their keys are those of dist/secrets-template, and what two of them hold is the same."""
    environment = f"new-{next(_number)}"
    templates = [yaml.safe_load(file.read_text()) for file in (ROOT / "dist/secrets-template").iterdir()]
    keys = {template["metadata"]["name"]: template["stringData"].keys() for template in templates}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("aws", "openai", "smtp"):
            Path(folder, f"{name}.json").write_text(json.dumps(dict.fromkeys(keys[f"{name}-secret"], "given")))
        yield {"ENVIRONMENT": environment, "FOLDER": folder}
    secrets = account.client("secretsmanager")
    found = {
        name: json.loads(secrets.get_secret_value(SecretId=f"revrx/{environment}/{name}")["SecretString"])
        for name in keys
    }
    assert {name: values.keys() for name, values in found.items()} == keys
    postgres, password = found["postgres-secret"], found["redis-secret"]["REDIS_PASSWORD"]
    assert found["backend-secret"]["DATABASE_URL"] == (
        f"postgresql://{postgres['POSTGRES_USER']}:{postgres['POSTGRES_PASSWORD']}@postgres:5432/{postgres['POSTGRES_DB']}"
    )
    assert postgres["POSTGRES_PASSWORD"] != password
    assert password.isalnum()


def moved(old: str, new: str) -> Scenario:
    def scenario(account: Account) -> Iterator[Values]:
        account.write_secret(DATABASE_URL=f"postgresql://u:p@{old}:5432/revrx", JWT_SECRET="a b")
        yield {}
        assert account.secret() == {"DATABASE_URL": f"postgresql://u:p@{new}:5432/revrx", "JWT_SECRET": "a b"}

    return scenario


SCENARIOS: dict[str, Scenario] = {
    "backups: Restore": dumps,
    "backups: Retention": by_lifecycle,
    "disaster-recovery: First": first,
    "disaster-recovery: Before the first time": versions_are_kept,
    "disaster-recovery: A Secret is wrong or gone": the_secret_before,
    "disaster-recovery: Its node is gone": an_instance_of_a_node,
    "disaster-recovery: Its volume is gone": a_volume,
    "disaster-recovery: On RDS: point in time": a_point_in_time,
    "disaster-recovery: Files are wrong or gone": files,
    "environment-setup: The bucket": a_new_bucket,
    "environment-setup: Secrets": new_secrets,
    "postgres-major-upgrade: The day": moved("postgres", "postgres-17"),
    "postgres-major-upgrade: Going back": moved("postgres-17", "postgres"),
}


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Where commands are run: what the root of the repository has, and what they write."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("docs", "images", "dist"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("title", AWS)
def test_the_commands_for_aws(title: str, account: Account, tmp_path: Path, checkout: Path) -> None:
    assert title in SCENARIOS, f"docs: {title} has commands for AWS; say in SCENARIOS what they find there"
    # By option: for RDS the command line ignores AWS_ENDPOINT_URL.
    aws = shlex.join([sys.executable, "-m", "awscli", "--endpoint-url", account.endpoint])
    program(tmp_path, "aws", f'exec {aws} "$@"')
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "tester",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with played(SCENARIOS[title], account) as values:
        for command in AWS[title]:
            command.run(values=values, environment=environment, folder=checkout)


def played(scenario: Scenario, account: Account) -> AbstractContextManager[Values]:
    return contextmanager(scenario)(account)


def test_no_scenario_is_of_commands_that_are_gone() -> None:
    assert SCENARIOS.keys() <= AWS.keys()


@pytest.mark.parametrize("title", sorted(DATABASE.keys() - PLAYED))
def test_the_commands_in_the_servers_container(title: str, cluster: Cluster, tmp_path: Path, checkout: Path) -> None:
    environment = {"PATH": kubectl(tmp_path, {"postgres-0": cluster}, "drill")}
    cluster.create("drill", SMALL)
    try:
        for command in DATABASE[title]:
            command.run(values={}, environment=environment, folder=checkout)
    finally:
        cluster.sql("postgres", "DROP DATABASE IF EXISTS drill")
