"""backup: what is in the bucket, what is counted, and that two at once are two."""

import hashlib
import json
import re

import pytest

from .cluster import Cluster
from .pod import Pod, manifest_key
from .s3 import is_manifest, is_part


def test_a_backup_is_a_dump_and_its_manifest_below_the_database_and_the_day(pod: Pod) -> None:
    pod.back_up(BACKUP_REASON="before-1.4.2")
    dump, manifest = pod.s3.keys(pod.bucket)
    day = rf"postgres/shop/{pod.database}/\d{{4}}/\d\d/\d\d/\d{{8}}T\d{{6}}\.\d{{6}}Z-before-1\.4\.2"
    assert re.fullmatch(rf"{day}\.dump", dump)
    assert manifest == manifest_key(dump)
    assert pod.leftovers() == []
    assert pod.s3.unfinished(pod.bucket) == 0


def test_the_manifest_tells_what_was_backed_up(pod: Pod) -> None:
    key = pod.back_up()
    dump = pod.s3.read(pod.bucket, key)
    manifest = json.loads(pod.s3.read(pod.bucket, manifest_key(key)))
    version = pod.cluster.sql("postgres", "SHOW server_version")
    assert manifest.pop("created").startswith("20")
    assert manifest.pop("database")["name"] == pod.database
    assert manifest == {
        "format": 2,
        "key": key,
        "reason": "scheduled",
        "namespace": "shop",
        "server_version": version,
        "client_version": version.split()[0],
        "bytes": len(dump),
        "sha256": hashlib.sha256(dump).hexdigest(),
        "contents": {
            "tables": [
                {"schema": "billing", "name": "invoice", "rows": 700},
                {"schema": "public", "name": "customer", "rows": 500},
            ],
            "large_objects": 1,
        },
    }


@pytest.mark.changes_the_database
def test_rows_are_counted_in_the_dumps_own_snapshot(pod: Pod) -> None:
    # While pg_dump waits before its start, rows come and go: neither the dump nor the count may see it.
    started = pod.folder / "bin/started"
    pod.replace_program("pg_dump", f'touch {started}; sleep 1; exec "$REAL" "$@"')
    process = pod.start("backup")
    while not started.exists() and process.poll() is None:
        pass
    pod.cluster.sql(
        pod.database, "DELETE FROM billing.invoice WHERE id <= 300; INSERT INTO customer (name) VALUES ('x')"
    )
    result = pod.finish(process)
    assert result.code == 0, result.events
    [manifest] = pod.s3.manifests(pod.bucket)
    assert [table["rows"] for table in manifest["contents"]["tables"]] == [700, 500]
    assert pod.run("verify").code == 0


# What an application's migration may do between the snapshot of a dump and its locks.
CHANGES = {
    "rewritten": "ALTER TABLE customer ALTER name TYPE varchar(40)",
    "emptied": "TRUNCATE billing.invoice",
    "another view": "CREATE OR REPLACE VIEW billing.turnover AS "
    "SELECT customer, sum(total), count(*) FROM billing.invoice GROUP BY 1",
}


@pytest.mark.changes_the_database
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_dump_of_definitions_that_changed_meanwhile_begins_anew(pod: Pod, change: str) -> None:
    # A table that was rewritten is empty in the older snapshot, and the invoices would refer to customers of none.
    (pod.folder / "bin").chmod(0o777)
    reached, go_on = pod.folder / "bin/reached", pod.folder / "bin/go-on"
    pod.replace_program("pg_dump", f'touch {reached}; until test -e {go_on}; do sleep 0.05; done; exec "$REAL" "$@"')
    process = pod.start("backup")
    pod.wait_for(reached.exists)
    pod.cluster.sql(pod.database, change)
    go_on.touch()
    result = pod.finish(process)
    assert result.code == 0, (result.events, result.errors)
    assert result.event("definitions-changed")["beginning"] == 1
    assert pod.run("verify").code == 0


@pytest.mark.changes_the_database
def test_a_database_whose_definitions_never_rest_is_not_backed_up(pod: Pod) -> None:
    number = pod.folder / "bin/number"
    (pod.folder / "bin").chmod(0o777)
    alter = "ALTER TABLE customer ALTER since SET DEFAULT now() + interval"
    pod.replace_program("pg_dump", f'date +%N > {number}; psql -qc "{alter} \'$(cat {number}) us\'"; exec "$REAL" "$@"')
    result = pod.run("backup")
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "changed each of the 10 times" in result.reason
    assert "default" in result.reason
    assert pod.s3.keys(pod.bucket) == []


def test_a_large_dump_is_sent_in_parts_and_the_manifest_last(pod: Pod, large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    result = pod.run("backup")
    assert result.code == 0, result.events
    writes = [request for request in pod.s3.requests if request[0] in ("PUT", "POST")]
    assert sum(is_part(*write) for write in writes) == 3
    assert [is_manifest(*write) for write in writes].index(True) == len(writes) - 1


@pytest.mark.parametrize("encryption", ["AES256", "aws:kms"])
def test_both_objects_are_encrypted_as_asked(pod: Pod, encryption: str) -> None:
    pod.back_up(BACKUP_ENCRYPTION=encryption)
    heads = [pod.s3.client.head_object(Bucket=pod.bucket, Key=key) for key in pod.s3.keys(pod.bucket)]
    assert [head["ServerSideEncryption"] for head in heads] == [encryption] * 2


@pytest.mark.slow
def test_the_kms_key_is_the_one_that_is_named(pod: Pod) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    dump = pod.back_up(BACKUP_ENCRYPTION="aws:kms", BACKUP_KMS_KEY=key)
    assert pod.s3.client.head_object(Bucket=pod.bucket, Key=dump)["SSEKMSKeyId"] == key


@pytest.mark.slow
def test_credentials_may_come_from_the_pods_own_role(pod: Pod) -> None:
    # What Pod Identity and IRSA do reaches boto3 through variables as well.
    pod.back_up(
        AWS_SECRET="", S3_BUCKET=pod.bucket, AWS_REGION="us-east-1", AWS_ACCESS_KEY_ID="role", AWS_SECRET_ACCESS_KEY="x"
    )
    assert len(pod.s3.keys(pod.bucket)) == 2


def test_two_at_the_same_moment_are_two_backups(pod: Pod) -> None:
    both = [pod.start("backup"), pod.start("backup")]
    results = [pod.finish(process) for process in both]
    assert [result.code for result in results] == [0, 0]
    assert len(pod.s3.keys(pod.bucket)) == 4
    assert pod.run("verify").code == 0


def test_a_database_of_any_name_has_a_folder_of_its_own(pod: Pod, cluster: Cluster) -> None:
    name = "../a b=c'\"ü/%"
    cluster.create(name, "small")
    pod.secret("postgres", POSTGRES_DB=name)
    assert pod.back_up().startswith("postgres/shop/..%2Fa%20b%3Dc%27%22%C3%BC%2F%25/2")


def test_list_shows_what_is_complete(pod: Pod) -> None:
    first, second = pod.back_up(), pod.back_up(BACKUP_REASON="second")
    pod.s3.client.delete_object(Bucket=pod.bucket, Key=manifest_key(first))
    pod.s3.write(pod.bucket, f"{pod.prefix}2024/01/01/notes.dump", b"of somebody else")
    result = pod.run("list")
    assert [(event["key"], event["complete"], event["reason"]) for event in result.events] == [
        (first, False, "scheduled"),
        (second, True, "second"),
    ]
