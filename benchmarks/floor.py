"""The least that a cdk8s app in Python costs: it imports cdk8s and synthesises one object.

`python -m benchmarks.floor OUTDIR [MODULE]`: imports MODULE too, e.g. cdk8s_plus_27.
"""

import importlib
import sys

from cdk8s import ApiObject, App, Chart


def main(outdir: str, *modules: str) -> None:
    for module in modules:
        importlib.import_module(module)
    app = App(outdir=outdir)
    ApiObject(Chart(app, "floor"), "object", api_version="v1", kind="ConfigMap")
    app.synth()


if __name__ == "__main__":
    main(*sys.argv[1:])
