"""Staging with other values than are committed, as `make synth` would write it."""

import os
import subprocess
from pathlib import Path

import yaml

from ..charts.dist import ROOT, Object

_PROGRAM = """
import sys
from dataclasses import replace

import constructs_revrx
from constructs_revrx import *
from cdk8s import App, YamlOutputType

from charts.revrx import RevRx
from charts.staging import STAGING

app = App(outdir=sys.argv[1], yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
RevRx(app, replace(STAGING, {changes}))
constructs_revrx.synth(app)
"""


def rendered(folder: Path, changes: str = "", *, tree: Path = ROOT) -> list[Object]:
    """All objects of staging, which lie in `folder` too.

    changes: fields of charts' Environment, as Python has them: "ingress=TraefikIngress()".
    tree: where charts/ is, for one that was edited.
    """
    # The library's environment: that of these tests has no cdk8s.
    program = [ROOT / ".venv/bin/python", "-c", _PROGRAM.format(changes=changes), folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    files = sorted((folder / "staging").glob("*.yaml"))
    return [document for file in files for document in yaml.load_all(file.read_text(), yaml.CSafeLoader)]
