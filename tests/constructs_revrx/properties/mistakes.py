"""Plans with one mistake: somewhere in a construct's call, what stood there is another thing."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from constructs_revrx import Image, Secret
from hypothesis import strategies as st

from .options import plans
from .plans import Call, Connection, Plan, Ref, Step, parts

Path = tuple[tuple[str, Any], ...]

_TEXTS = [
    *(
        "",
        " ",
        "-",
        "a-",
        "-a",
        "A",
        "Web",
        "a_b",
        "a b",
        "a.b",
        "é",
        "ß.example.com",
        "名",
        "a\nb",
        "a\tb",
        "a\0b",
        "\ud800",
    ),
    *("a" * 54, "a" * 63, "a" * 64, "a" * 254, "a/" + "b" * 64, "x" * 300_000),
    *("latest", "a:latest", "a:", ":1", "a@sha256:0", "A:1", "a:1 ", "http://a:1", "a//b:1"),
    *(
        "512MB",
        "-1",
        "1.5.0",
        "1e3",
        "0",
        "0Mi",
        "1Gi ",
        " 1Gi",
        "1gi",
        "+1Gi",
        "1_000",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "0.1m",
        "9" * 40,
        "1E",
        "1Ei",
    ),
    *(
        "/",
        "//",
        "/.",
        "/..",
        "/a/../b",
        "/a:b",
        "/a//b",
        "/ a",
        "a/b",
        "./a",
        "/tmp",
        "/tmp/",
        "/dev",
        "/proc",
        "C:\\a",
    ),
    *("10.0.0.0", "10.0.0.1/16", "10.0.0.0/33", "::/0", "0.0.0.0/0", "1.2.3.4.5/8", "fe80::%eth0/64"),
    *("localhost", "a.b.", ".a.b", "*.a.b", "*", "a.*.b", "a.1", "1.2.3.4", "https://a.b", "a.b:80", "xn--a.b", "a..b"),
    *("* * * * *", "60 * * * *", "@daily", "* * * *", "*/0 * * * *", "0 0 31 2 *", "0 0 * * 7", "L * * * *"),
    *("UTC", "Mars/Base", "../../etc/passwd", "europe/berlin", "x@y", "x@y@z", "@", "true", "null", "~", "1", "0x10"),
    *(
        "$(A)",
        "$(",
        "${A}",
        "{{ a }}",
        "a: b",
        "- a",
        "#a",
        "'",
        '"',
        "`",
        "\\",
        "%",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "---",
        "...",
    ),
    *("app.kubernetes.io/name", "kubernetes.io/a", "/a", "a/", "a/b/c", "checksum/config", "..", ".", "..a", "A=b"),
    *(
        "http",
        "Pods",
        "NoSchedule",
        "AES256",
        "10m",
        "1",
        "requirepass",
        "dir",
        "AKIAIOSFODNN7EXAMPLE",
        "http://u:p@h/",
    ),
]
_NUMBERS = [
    0,
    1,
    -1,
    2,
    80,
    1023,
    65535,
    65536,
    2**31 - 1,
    2**31,
    2**53,
    2**63,
    10**30,
    0.5,
    1.0,
    -0.0,
    float("nan"),
    float("inf"),
]
_SHAPES = [
    *(None, True, False, [], {}, (), set(), [""], [None], [[]], {"": ""}, {"a": None}, {1: 2}, (1, 2), ("1", "2", "3")),
    *(b"a", {"a"}, date(2024, 1, 1), object, object(), len, 1j, range(3), [1, "a", None], {"a": {"b": []}}),
    *(
        Image,
        Call(Image, ("a:1",)),
        Call(Image, (1,)),
        Call(Secret, ("a", ("A",))),
        Call(Secret, ("a", ())),
        Ref("main"),
    ),
]
_LIKE = {
    str: st.sampled_from(_TEXTS) | st.text(max_size=8),
    int: st.sampled_from([number for number in _NUMBERS if isinstance(number, int)]) | st.integers(-(2**70), 2**70),
}
ODD = st.one_of(
    st.sampled_from(_TEXTS),
    st.text(max_size=8),
    st.sampled_from(_NUMBERS),
    st.integers(-(2**70), 2**70),
    st.sampled_from(_SHAPES),
)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where in a value another may stand."""
    yield path
    if isinstance(value, Call):
        for number, item in enumerate(value.args):
            yield from places(item, (*path, ("args", number)))
        for option, item in value.options.items():
            yield from places(item, (*path, ("options", option)))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*path, ("key", key))
            yield from places(item, (*path, ("value", key)))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from places(item, (*path, ("item", number)))


def changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy in which what stands at a place is changed."""
    if not path:
        return change(value)
    (kind, key), *rest = path
    if kind == "key":
        new = change(key)
        return {
            (new if isinstance(new, Hashable) else repr(new)) if name == key else name: value[name] for name in value
        }
    if kind == "value":
        return {**value, key: changed(value[key], tuple(rest), change)}
    if kind == "options":
        return replace(value, options={**value.options, key: changed(value.options[key], tuple(rest), change)})
    items = list(value.args if kind == "args" else value)
    items[key] = changed(items[key], tuple(rest), change)
    if kind == "args":
        return replace(value, args=items)
    return tuple(items) if isinstance(value, tuple) else items


def _changes(value: Any, odd: Any) -> Iterator[Callable[[Any], Any]]:
    """Ways to make a mistake of a value."""
    yield lambda _: odd
    if isinstance(value, list | tuple):
        yield lambda items: type(items)([*items, odd])
        yield lambda items: type(items)([*items, *items])
        yield lambda items: type(items)(items[1:])
    if isinstance(value, dict) and isinstance(odd, str | int | float | None):
        yield lambda items: {**items, odd: "a"}
        yield lambda items: {**items, "a": odd}
    if isinstance(value, Call):
        yield lambda call: replace(call, options={**call.options, "unknown": odd})
        yield lambda call: replace(call, args=[*call.args, odd])
        for option in value.options:
            yield lambda call, option=option: replace(
                call, options={name: item for name, item in call.options.items() if name != option}
            )
    if isinstance(value, str):
        yield lambda text: text + str(odd)[:300]
        yield str.upper
    if type(value) is int:
        yield lambda number: -number
        yield str
        yield float


@st.composite
def mistaken(draw: Callable[[st.SearchStrategy[Any]], Any], kind: str) -> Plan:
    """A plan with a construct of a kind and what it needs, of which one thing is changed."""
    plan = draw(plans(kind))
    made = {number: step for number, step in enumerate(plan.steps) if isinstance(step, Step)}
    (asked_for,) = [number for number, step in made.items() if step.call.make.__qualname__ == kind][-1:]
    number = asked_for if draw(st.booleans()) else draw(st.sampled_from([*made]))
    step = made[number]
    # What stands elsewhere is almost right; but no construct that comes later, for that would be made first.
    others = [part for part in parts(plan.steps[: number + 1]) if not isinstance(part, Connection | Step)]
    later = {s.id for s in plan.steps[number:] if isinstance(s, Step)}
    others = [part for part in others if not {p.id for p in parts(part) if isinstance(p, Ref)} & later]
    if draw(st.integers(0, 9)) == 0:
        plan.steps[number] = replace(step, name=draw(ODD))
        return plan
    path = draw(st.sampled_from([*places(step.call)]))
    found: list[Any] = []
    changed(step.call, path, lambda value: found.append(value) or value)  # type: ignore[func-returns-value]
    # Half of them of the same type, which the annotations let through.
    odd = draw(
        _LIKE[type(found[0])] if type(found[0]) in _LIKE and draw(st.booleans()) else ODD | st.sampled_from(others)
    )
    change = draw(st.sampled_from([*_changes(found[0], odd)]))
    if path or isinstance(change(step.call), Call):
        plan.steps[number] = replace(step, call=changed(step.call, path, change))
    return plan
