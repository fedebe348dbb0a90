"""Postgres' memory: its settings read as the server reads them, /dev/shm that holds them, the limit that holds all.

What the server itself says of all this: tests/images/test_shared_memory.py.
"""

import pytest
from constructs_revrx import Resources
from cdk8s import Chart

from ..properties.shop import container, pod_template, postgres

UNREADABLE = "cannot be read; write a number and B, kB, MB, GB or TB, e.g. 64MB"


def size(chart: Chart, limit: str = "64Gi", shared_memory: str | None = None, **configuration: str) -> str:
    """Of /dev/shm, of a Postgres without a problem."""
    resources = Resources(cpu=("1", "1"), memory=("64Mi", limit))
    datastore = postgres(chart, resources=resources, configuration=configuration, shared_memory=shared_memory)
    assert list(datastore.problems()) == []
    (volume,) = [each for each in pod_template(datastore)["spec"]["volumes"] if each["name"] == "dev-shm"]
    assert volume["emptyDir"]["medium"] == "Memory"
    found: str = volume["emptyDir"]["sizeLimit"]
    return found


def problems(
    chart: Chart, limit: str = "2Gi", shared_memory: str | None = None, id: str = "postgres", **configuration: str
) -> list[str]:
    resources = Resources(cpu=("1", "1"), memory=("64Mi", limit))
    options = {"resources": resources, "configuration": configuration, "shared_memory": shared_memory}
    return list(postgres(chart, id, **options).problems())


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        pytest.param({}, "128Mi", id="defaults"),
        pytest.param({"work_mem": "4MB", "maintenance_work_mem": "64MB"}, "128Mi", id="defaults-said"),
        pytest.param({"work_mem": "64kB", "maintenance_work_mem": "1MB"}, "128Mi", id="little"),
        # 64 × 2 × 3 × 1.5 + 64 × 1.125
        pytest.param({"work_mem": "64MB"}, "648Mi", id="join"),
        pytest.param({"work_mem": "64MB", "hash_mem_multiplier": "1"}, "360Mi", id="multiplier"),
        pytest.param({"work_mem": "64MB", "max_parallel_workers_per_gather": "4"}, "1032Mi", id="workers"),
        pytest.param({"work_mem": "64MB", "max_parallel_workers_per_gather": "0"}, "128Mi", id="no-workers"),
        # 4 × 2 × 3 × 1.5 + 1024 × 1.125
        pytest.param({"maintenance_work_mem": "1GB"}, "1188Mi", id="vacuum"),
        pytest.param({"autovacuum_work_mem": "1GB"}, "128Mi", id="autovacuum-shares-nothing"),
        pytest.param({"work_mem": "64MB", "maintenance_work_mem": "1GB"}, "1728Mi", id="both"),
        pytest.param({"work-mem": "64MB"}, "648Mi", id="dash"),
        pytest.param({"work_mem": "64MB", "dynamic_shared_memory_type": "Posix"}, "648Mi", id="posix"),
        pytest.param({"work_mem": "64MB", "dynamic_shared_memory_type": "sysv"}, "128Mi", id="sysv"),
        pytest.param({"work_mem": "64MB", "dynamic_shared_memory_type": "MMAP"}, "128Mi", id="mmap"),
        pytest.param({"shared_buffers": "8GB", "shared_memory_type": "sysv"}, "128Mi", id="main-memory"),
    ],
)
def test_shared_memory_has_room_for_a_parallel_join_and_a_parallel_vacuum(
    chart: Chart, configuration: dict[str, str], expected: str
) -> None:
    assert size(chart, **configuration) == expected


def test_shared_memory_is_as_large_as_is_said(chart: Chart) -> None:
    assert size(chart, shared_memory="3Gi", work_mem="64MB") == "3Gi"


@pytest.mark.parametrize(
    ("value", "kilobytes"),
    [
        ("65536", 65536),
        ("65536kB", 65536),
        ("64MB", 65536),
        (" 64 MB ", 65536),
        ("+64MB", 65536),
        ("1.5GB", 1572864),
        (".5GB", 524288),
        ("1e2MB", 102400),
        ("0x10000", 65536),
        ("0200000", 65536),
        ("67108864B", 65536),
        ("0.001TB", 1048576),
        ("65536.4", 65536),
    ],
)
def test_a_size_is_read_as_postgres_reads_it(chart: Chart, value: str, kilobytes: int) -> None:
    assert size(chart, work_mem=value) == size_of(kilobytes)


def size_of(work_mem: int) -> str:
    return f"{-(-(work_mem * 9 + 72 * 1024) // 1024)}Mi"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("work_mem", "64mb", UNREADABLE),
        ("work_mem", "64Mi", UNREADABLE),
        ("work_mem", "64 M B", UNREADABLE),
        ("work_mem", "", UNREADABLE),
        ("work_mem", "much", UNREADABLE),
        ("work_mem", "08", UNREADABLE),
        ("work_mem", "64,5MB", UNREADABLE),
        ("work_mem", "٦٤MB", UNREADABLE),
        ("work_mem", "64\u2009MB", UNREADABLE),
        ("max_connections", "100kB", "cannot be read; write a number without a unit"),
        ("hash_mem_multiplier", "two", "cannot be read; write a number without a unit"),
        ("work_mem", "63kB", "is not from 64 to 2147483647 kB, so the server would not start"),
        ("work_mem", "-64MB", "is not from 64 to 2147483647 kB, so the server would not start"),
        ("work_mem", "1e999GB", "is not from 64 to 2147483647 kB, so the server would not start"),
        ("shared_buffers", "15", "is not from 16 to 1073741823 blocks of 8 kB, so the server would not start"),
        ("autovacuum_work_mem", "-2", "is not from -1 to 2147483647 kB, so the server would not start"),
        ("hash_mem_multiplier", "0.5", "is not from 1 to 1000, so the server would not start"),
        ("max_connections", "0", "is not from 1 to 262143, so the server would not start"),
        ("shared_memory_type", "posix", "is not mmap or sysv, so the server would not start"),
        ("dynamic_shared_memory_type", "none", "is not posix or sysv or mmap, so the server would not start"),
    ],
)
def test_a_value_that_the_server_would_not_take_is_told(chart: Chart, name: str, value: str, problem: str) -> None:
    assert problems(chart, **{name: value}) == [f"configuration: {name} {value!r} {problem}"]


def test_a_parameter_that_is_no_memory_is_the_servers_to_read(chart: Chart) -> None:
    configuration = {"log_min_duration_statement": "much", "app.work_mem": "much"}
    assert problems(chart, **configuration) == []
    assert container(postgres(chart, "other", configuration=configuration))["args"][1::2] == [
        "log_min_duration_statement=much",
        "app.work_mem=much",
    ]


VACUUM = "3 × autovacuum_work_mem (by default maintenance_work_mem)"
SHARED = "/dev/shm (for work_mem and maintenance_work_mem)"


def over(options: str, sizes: str, total: str, limit: str) -> list[str]:
    return [
        f"{options}: {sizes} are {total} together, over the memory limit {limit}, where the server is killed; lower "
        "them, or raise the limit"
    ]


@pytest.mark.parametrize(
    ("limit", "configuration", "sizes", "total"),
    [
        pytest.param(
            "1Gi",
            {"shared_buffers": "1GB"},
            f"shared_buffers 1024Mi, {SHARED} 128Mi, {VACUUM} 192Mi, 100 connections 100Mi",
            "1444Mi",
            id="buffers",
        ),
        pytest.param(
            "1Gi",
            {"work_mem": "64MB"},
            f"shared_buffers 128Mi, {SHARED} 648Mi, {VACUUM} 192Mi, 100 connections 100Mi",
            "1068Mi",
            id="join",
        ),
        pytest.param(
            "2Gi",
            {"maintenance_work_mem": "1GB"},
            f"shared_buffers 128Mi, {SHARED} 1188Mi, {VACUUM} 3072Mi, 100 connections 100Mi",
            "4488Mi",
            id="maintenance",
        ),
        pytest.param(
            "1G",
            {"autovacuum_work_mem": "100MB", "autovacuum_max_workers": "7", "max_connections": "50"},
            f"shared_buffers 128Mi, {SHARED} 128Mi, 7 × autovacuum_work_mem 700Mi, 50 connections 50Mi",
            "1006Mi",
            id="autovacuum",
        ),
        pytest.param(
            "2Gi",
            {"max_connections": "5000"},
            f"shared_buffers 128Mi, {SHARED} 128Mi, {VACUUM} 192Mi, 5000 connections 5000Mi",
            "5448Mi",
            id="connections",
        ),
        pytest.param(
            "1Gi",
            {"min_dynamic_shared_memory": "512"},
            f"shared_buffers 128Mi, min_dynamic_shared_memory 512Mi, {SHARED} 128Mi, {VACUUM} 192Mi, "
            "100 connections 100Mi",
            "1060Mi",
            id="dynamic",
        ),
        pytest.param(
            "1Gi",
            {"work_mem": "64MB", "dynamic_shared_memory_type": "sysv"},
            "shared_buffers 128Mi, shared memory (for work_mem and maintenance_work_mem) 648Mi, "
            f"{VACUUM} 192Mi, 100 connections 100Mi",
            "1068Mi",
            id="sysv",
        ),
    ],
)
def test_settings_that_do_not_fit_the_memory_limit_are_refused(
    chart: Chart, limit: str, configuration: dict[str, str], sizes: str, total: str
) -> None:
    assert problems(chart, limit=limit, **configuration) == over("configuration", sizes, total, limit)


@pytest.mark.parametrize(
    ("limit", "configuration"),
    [
        pytest.param("1068Mi", {"work_mem": "64MB"}, id="to-the-byte"),
        pytest.param("2Gi", {"maintenance_work_mem": "1GB", "autovacuum_work_mem": "64MB"}, id="autovacuum"),
        pytest.param("1Gi", {"work_mem": "64MB", "dynamic_shared_memory_type": "mmap"}, id="mmap-is-on-the-volume"),
        # What pgtune gives of 2 GB to a data warehouse.
        pytest.param(
            "2Gi",
            {"shared_buffers": "512MB", "maintenance_work_mem": "256MB", "max_connections": "40", "work_mem": "6MB"},
            id="tuned",
        ),
    ],
)
def test_settings_that_fit_pass(chart: Chart, limit: str, configuration: dict[str, str]) -> None:
    assert problems(chart, limit=limit, **configuration) == []


def test_shared_memory_is_inside_the_memory_limit(chart: Chart) -> None:
    sizes = f"shared_buffers 128Mi, /dev/shm 1700Mi, {VACUUM} 192Mi, 100 connections 100Mi"
    assert problems(chart, shared_memory="1700Mi") == over("configuration, shared_memory", sizes, "2120Mi", "2Gi")
    assert problems(chart, id="other", shared_memory="1600Mi") == []


def test_a_small_limit_with_nothing_but_defaults_is_its_owners_choice(chart: Chart) -> None:
    assert problems(chart, limit="128Mi", log_connections="on") == []


def test_shared_memory_that_is_no_quantity_is_told_once(chart: Chart) -> None:
    assert problems(chart, shared_memory="1GB") == [
        "shared_memory: '1GB' is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"
    ]


def test_a_limit_that_is_no_quantity_is_told_and_not_compared_with(chart: Chart) -> None:
    assert [text.partition(":")[0] for text in problems(chart, limit="plenty", work_mem="64MB")] == ["resources"]
