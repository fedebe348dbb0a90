"""The cdk8s app: `python main.py`, or `cdk8s synth`, writes dist/."""

import os
import sys
import time
from pathlib import Path

from constructs_revrx import ManifestError, synth
from cdk8s import App, YamlOutputType

from charts.argocd import ArgoCD
from charts.bootstrap import Bootstrap
from charts.production import PRODUCTION
from charts.revrx import RevRx
from charts.secrets_template import SecretsTemplate
from charts.staging import STAGING


def apps(outdir: str | None = None) -> tuple[App, App]:
    """What deployers apply, an object a file; and what administrators do, a file an environment."""
    app = App(outdir=outdir, yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    bootstrap = App(outdir=str(Path(app.outdir, "bootstrap")), yaml_output_type=YamlOutputType.FILE_PER_CHART)
    environments = [(env, RevRx(app, env)) for env in (STAGING, PRODUCTION)]
    for env, chart in environments:
        Bootstrap(bootstrap, env, deploys=chart)
    ArgoCD(app, environments)
    SecretsTemplate(app)
    return app, bootstrap


def main() -> int:
    start = time.monotonic()
    try:
        result = synth(*apps())
    except ManifestError as error:
        print(f"ManifestError: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: dist/ is as it was", file=sys.stderr, flush=True)
        # Ctrl-C has ended cdk8s' Node too, and jsii would print a stack when it takes leave of it.
        os._exit(130)
    print(f"{result}, {time.monotonic() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
