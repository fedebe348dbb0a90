"""The rows of a dump are counted as pg_restore writes them, wherever the text is cut, whatever names and rows hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postgres_backup.counting import Counter

from .cluster import Cluster, quoted
from .places import ROOT
from .pod import Pod

# What is read otherwise when a name, a row or a comment is taken for SQL, or SQL for one of them.
_TRICKS = ["COPY a.b (c) FROM stdin;\n", "\\.\n", "\\.", "';", '"', "--", "$$", ";\n", "\\restrict x\n", "ü 表", "\t"]
_TEXTS = st.lists(st.sampled_from([*_TRICKS, "x", "\n", "plain"]), min_size=1, max_size=4).map("".join)
# As COPY writes them: a backslash doubled, a line break escaped.
_ROWS = _TEXTS.map(lambda text: text.replace("\\", "\\\\").replace("\n", "\\n"))


def copied(name: tuple[str, str], rows: list[str]) -> str:
    """An entry, with its comment, in which pg_restore leaves no line break."""
    schema, table = (quoted(part) for part in name)
    comment = "--\n-- Data for Name: " + name[1].replace("\n", " ") + "; Type: TABLE DATA; Owner: -\n--\n\n"
    return f"{comment}COPY {schema}.{table} (id, {quoted(name[1])}) FROM stdin;\n" + "".join(
        [f"{row}\n" for row in rows] + ["\\.\n\n\n"]
    )


def other(name: tuple[str, str], is_large_object: bool) -> str:
    if is_large_object:
        return (
            "BEGIN;\n\nSELECT pg_catalog.lo_open('1', 131072);\nSELECT pg_catalog.lowrite(0, '\\x00');\n"
            "SELECT pg_catalog.lo_close(0);\n\nCOMMIT;\n\n"
        )
    literal = ".".join(map(quoted, name)).replace("'", "''")
    return f"SELECT pg_catalog.setval('{literal}', 5, true);\n\n\n"


_NAMES = st.tuples(_TEXTS, _TEXTS)
_BEGINNING = "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET statement_timeout = 0;\n"
_END = "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n"


@settings(max_examples=300, deadline=None)
@given(
    tables=st.dictionaries(_NAMES, st.lists(_ROWS, max_size=4), max_size=4),
    others=st.lists(st.tuples(_NAMES, st.booleans()), max_size=3),
    length=st.integers(1, 40),
)
def test_any_dump_cut_anywhere(
    tables: dict[tuple[str, str], list[str]], others: list[tuple[tuple[str, str], bool]], length: int
) -> None:
    entries = [copied(name, rows) for name, rows in tables.items()]
    for number, each in enumerate(others):
        entries.insert(2 * number, other(*each))
    text = (_BEGINNING + "".join(entries) + _END).encode()
    counter = Counter()
    for start in range(0, len(text), length):
        counter.feed(text[start : start + length])
    counted = {(schema.decode(), table.decode()): rows for (schema, table), rows in counter.rows.items()}
    assert counted == {name: len(rows) for name, rows in tables.items()}
    assert counter.large_objects == sum(is_large_object for _, is_large_object in others)


def test_a_row_of_many_pieces_is_one_row_and_is_not_kept() -> None:
    counter = Counter()
    counter.feed(b"COPY public.wide (x) FROM stdin;\n")
    for _ in range(100):
        counter.feed(b"y" * 2**16)
        assert len(counter._rest) < 100
    counter.feed(b"\n\\.\n")
    assert dict(counter.rows) == {(b"public", b"wide"): 1}


def test_the_names_are_those_that_the_server_has(pod: Pod, cluster: Cluster) -> None:
    name = "names of many kinds"
    cluster.create(name)
    tricks = [trick for trick in _TRICKS if len(trick.encode()) < 60]
    cluster.sql(
        name,
        "".join(
            f"CREATE TABLE {quoted(trick)} ({quoted(trick)} text); INSERT INTO {quoted(trick)} VALUES ('a'), (NULL);\n"
            for trick in tricks
        ),
    )
    pod.secret("postgres", POSTGRES_DB=name)
    pod.back_up()
    [manifest] = pod.s3.manifests(pod.bucket)
    assert {table["name"]: table["rows"] for table in manifest["contents"]["tables"]} == dict.fromkeys(tricks, 2)
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)


@pytest.mark.parametrize("method", ["feed", "__init__"])
def test_a_bug_in_the_counting_ends_the_backup_and_does_not_hang_it(pod: Pod, large: str, method: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    (pod.folder / "bin/sitecustomize.py").write_text(
        f"from postgres_backup.counting import Counter\ndef bug(*_): raise ZeroDivisionError\nCounter.{method} = bug\n"
    )
    result = pod.run("backup", PYTHONPATH=f"{ROOT}/images/postgres-backup:{pod.folder}/bin")
    assert (result.code, len(result.mails)) == (1, 1), (result.events, result.errors)
    assert "a bug: ZeroDivisionError" in result.reason
    assert pod.s3.keys(pod.bucket) == []
    assert pod.s3.unfinished(pod.bucket) == 0
