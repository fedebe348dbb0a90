"""docs/constructs: pages written by hand, whose examples are run, with regions that are made from the library.

A region stands between `<!-- KIND: OF -->` and `<!-- end -->`; `make snapshots` renews what is between.

    yaml                            every object of the example above
    yaml: KIND/NAME a/b c/d/e       parts of one; an item of a list by its name or number
    error                           what the example above raises
    options: NAME                   the options of a public name, with their types, defaults and meanings
    fields: NAME                    the same of what users get and never make
"""

import contextlib
import inspect
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import constructs_revrx
from constructs_revrx.core.types import words
from constructs_revrx.synth.yaml import dump
from docstring_parser import DocstringStyle, parse

from kubecheck.objects.documents import load_all

FOLDER = Path(__file__).parents[2] / "docs" / "constructs"
PAGES = sorted(FOLDER.glob("*.md"))

Object = dict[str, Any]

_PART = re.compile(
    r"^```python\n(?P<code>.*?)^```$"
    r"|^<!-- (?P<kind>yaml|error|options|fields)(?:: (?P<of>[^>]+))? -->\n(?P<made>.*?)^<!-- end -->$",
    re.DOTALL | re.MULTILINE,
)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LONGEST_DEFAULT = 120

# What examples begin and end with, as README.md says.
PRELUDE = """\
from cdk8s import App, Chart

app = App()
shop = Chart(app, "production", namespace="shop")
"""
EPILOGUE = 'synth(app, external={"Secret/shop/*", "Pod/shop/*"})'


# Examples


@dataclass
class Outcome:
    """What an example gave: objects, or a text."""

    objects: Sequence[Object] = ()
    error: str | None = None


@dataclass
class Examples:
    """A page's examples, run in its order. Each has the names of those before it, but an app and a chart of its own."""

    names: dict[str, Any] = field(default_factory=dict)

    def run(self, code: str) -> Outcome:
        code = code if "App(" in code else f"{PRELUDE}{code}"
        code = code if "synth(" in code else f"{code}\nfrom constructs_revrx import synth\n{EPILOGUE}\n"
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            try:
                with contextlib.redirect_stdout(None):
                    exec(code, self.names)
            except constructs_revrx.ManifestError as error:
                return Outcome(error=str(error))
            files = sorted(Path("dist").rglob("*.yaml"))
            return Outcome([o for file in files for o in load_all(file.read_text(encoding="utf-8"))])


@dataclass(frozen=True)
class Part:
    """An example, or a region."""

    code: str | None
    kind: str | None
    of: str | None


def parts(text: str) -> list[Part]:
    return [Part(match["code"], match["kind"], match["of"]) for match in _PART.finditer(text)]


def prose(text: str) -> str:
    """The page without examples and regions."""
    return _PART.sub("", text)


# Options


@dataclass(frozen=True)
class Option:
    """One of a public name. meaning: None where no docstring has it; name: with its stars."""

    name: str
    type: Any
    default: Any
    meaning: str | None


def public(name: str) -> Any:
    """`WebService`, `Probe.http`."""
    found: Any = constructs_revrx
    for part in name.split("."):
        found = getattr(found, part)
    return found


def factories(name: str) -> list[str]:
    """The ways to make a value or construct beside its constructor."""
    owner = public(name)
    members = vars(owner).items() if inspect.isclass(owner) else ()
    made = (key for key, member in members if isinstance(member, classmethod | staticmethod) and key[0] != "_")
    return [f"{name}.{key}" for key in made]


def methods(name: str) -> list[str]:
    """What users call on a construct."""
    return [f"{name}.connect_to"] if hasattr(public(name), "connect_to") else []


def options(name: str) -> list[Option]:
    """The options of a class, a function or a method, in the order of its signature."""
    made = public(name)
    if getattr(made, "_is_protocol", False):
        asked = {key: member.fget for key, member in vars(made).items() if isinstance(member, property)}
        return [Option(key, get_type_hints(get)["return"], None, inspect.getdoc(get)) for key, get in asked.items()]
    if inspect.isclass(made) and is_dataclass(made):
        defaults = {f.name: f.default if f.default_factory is MISSING else f.default_factory() for f in fields(made)}
    else:
        function = made.__init__ if inspect.isclass(made) else made
        parameters = list(inspect.signature(function).parameters.values())
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        defaults = {
            stars.get(p.kind, "") + p.name: MISSING if p.default is p.empty and p.kind not in stars else p.default
            for p in parameters
            if p.name not in ("self", "cls", "scope", "id")
        }
        made = function
    hints = get_type_hints(made)
    return [
        Option(key, hints.get(key.lstrip("*"), Any), default, _meaning(name, key.lstrip("*")))
        for key, default in defaults.items()
    ]


def _meaning(name: str, option: str) -> str | None:
    """From the docstring, or that of the class."""
    owner = name.partition(".")[0]
    return documented(public(name)).get(option) or documented(public(owner)).get(option)


def documented(made: Any) -> dict[str, str]:
    """What the Args of docstrings say, by option: its own; of the values whose fields it has, the nearest first."""
    taken = getattr(made.__init__ if inspect.isclass(made) else made, "options", made)
    fields_of = taken.__mro__ if is_dataclass(taken) else ()
    found = {}
    for place in reversed([made, *fields_of]):
        for param in parse(place.__doc__ or "", style=DocstringStyle.GOOGLE).params:
            meaning = " ".join((param.description or "").split())
            found.update(dict.fromkeys(re.split(r",\s*", param.arg_name), meaning))
    return found


# Pages


def places(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The pages that show a public name's options, as links. texts: page name to text."""
    found: dict[str, list[str]] = {}
    for page, text in texts.items():
        for match in re.finditer(r"^<!-- (?:options|fields): (\S+) -->$", text, re.MULTILINE):
            heading = headings(text[: match.start()])[-1]
            found.setdefault(match[1], []).append(f"{page}#{anchor(heading)}")
    return found


def headings(text: str) -> list[str]:
    # In code, # begins a comment.
    return _HEADING.findall(_CODE.sub("", text))


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rendered(page: str, texts: Mapping[str, str]) -> str:
    """The page with its regions made anew."""
    links = {name: found[0].removeprefix(page) for name, found in places(texts).items() if "." not in name}
    run, outcome = Examples().run, Outcome()

    def part(match: re.Match[str]) -> str:
        nonlocal outcome
        if match["code"]:
            outcome = run(match["code"])
            return match[0]
        made = "\n".join(_region(match["kind"], match["of"], outcome, links))
        head, _, _ = match[0].partition("\n")
        return f"{head}\n{made}\n<!-- end -->"

    return _PART.sub(part, texts[page])


def _region(kind: str, of: str | None, outcome: Outcome, links: Mapping[str, str]) -> Iterator[str]:
    if kind == "options":
        yield from _options_tables(str(of), links)
    elif kind == "fields":
        rows = [(f"`{o.name}`", _type(o, links), o.meaning or "") for o in options(str(of))]
        yield from _table(("", "type", ""), rows)
    elif kind == "error":
        yield f"```\n{outcome.error}\n```"
    elif of is None:
        kinds = [o["kind"] for o in outcome.objects]
        yield f"<details><summary>Its YAML: {', '.join(dict.fromkeys(kinds))}</summary>\n"
        yield _block("---\n".join(map(dump, outcome.objects)))
        yield "\n</details>"
    else:
        name, *paths = of.split()
        (found,) = (o for o in outcome.objects if f"{o['kind']}/{o['metadata']['name']}" == name)
        shown: Any = {}
        for path in paths:
            shown = _merged(shown, _only(found, path.split("/")))
        yield _block(dump(shown))


def _block(yaml: str) -> str:
    return f"```yaml\n{yaml.rstrip()}\n```"


def _only(value: Any, path: Sequence[str]) -> Any:
    if not path:
        return value
    key, *rest = path
    if isinstance(value, list):
        (item,) = [value[int(key)]] if key.isdigit() else [item for item in value if item["name"] == key]
        return [_only(item, rest)]
    return {key: _only(value[key], rest)}


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _merged(one.get(key), other.get(key)) for key in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0])]
    return one if other is None else other


def _options_tables(name: str, links: Mapping[str, str]) -> Iterator[str]:
    required_first = sorted(options(name), key=lambda option: option.default is not MISSING)
    rows = [(f"`{o.name}`", _type(o, links), _default(o.default), o.meaning or "") for o in required_first]
    if rows:
        yield from _table(("", "type", "default", ""), rows)
    else:
        yield "It has no options."
    ways = [way for way in factories(name) if way not in _OWN_TABLE]
    if ways:
        yield ""
        yield from _table(("made by", ""), [(f"`{_call(way)}`", _described(way)) for way in ways])


# Factories that have many options, and so a table of their own.
_OWN_TABLE = ("Datastore.postgres", "Datastore.redis", "Datastore.external")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield "|---" * len(heads) + "|"
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    # A pipe ends a cell, also in code.
    return " ".join(["|", *(f"{cell.replace('|', chr(92) + '|')} |".lstrip() for cell in cells)])


def _type(option: Option, links: Mapping[str, str]) -> str:
    """In words, the public names in it as links. That None leaves an option out need not be said."""
    text = words(option.type, many=option.name.startswith("*"))
    if option.default is None:
        text = text.removesuffix(" or None")
    names = "|".join(sorted(links, key=len, reverse=True))
    return re.sub(rf"\b({names})(?=s?\b)", lambda match: f"[{match[1]}]({links[match[1]]})", text)


def _default(value: Any) -> str:
    if value is MISSING:
        return "**required**"
    if value is inspect.Parameter.empty or value is None or (not value and isinstance(value, tuple | dict)):
        return ""
    text = _written(value)
    return f"`{text}`" if len(text) <= _LONGEST_DEFAULT else "as described"


def _written(value: Any) -> str:
    """A value with what is other than its defaults."""
    if not is_dataclass(value):
        return repr(value)
    kind = type(value)
    given = (
        f"{o.name}={_written(getattr(value, o.name))}"
        for o in options(kind.__name__)
        if getattr(value, o.name) != o.default
    )
    return f"{kind.__name__}({', '.join(given)})"


def _call(way: str) -> str:
    no_default = (MISSING, inspect.Parameter.empty)
    shown = (o.name if o.default in no_default else f"{o.name}={o.default!r}" for o in options(way))
    return f"{way}({', '.join(shown)})"


def _described(way: str) -> str:
    """What a factory is for, and its own options."""
    docstring = parse(public(way).__doc__ or "", style=DocstringStyle.GOOGLE)
    text = " ".join(f"{docstring.short_description or ''} {docstring.long_description or ''}".split())
    own = (f"`{name}`: {meaning}" for name, meaning in documented(public(way)).items())
    return " ".join([text, *own])
