"""Manifests as YAML text that every YAML parser reads as the same values."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

# Texts that PyYAML would leave without quotes, but kubectl's parser (go-yaml 2, resolve.go) takes for other values.
_ALSO_BOOLEAN = re.compile(r"[yYnN]$")
_ALSO_NUMBER = re.compile(r"[-+]?(0[xXoObB][0-9a-fA-F_]+|(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9_]+)?)$")


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True  # a value that stands in two places is written twice: a reviewer reads each place by itself


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # Lines as lines, so that a changed line of a configuration file is one line of a diff.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", _ALSO_BOOLEAN, list("yYnN"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _ALSO_NUMBER, list("-+.0123456789"))


def dump(manifest: Mapping[str, Any]) -> str:
    """The YAML document of one object, its keys in their order.

    By libyaml, and not by cdk8s: that would send every value to Node and its text back.
    """
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31 - 1)
