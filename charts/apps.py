"""All of RevRx: what `python main.py` writes."""

from pathlib import Path

import constructs_revrx  # noqa: F401  # before cdk8s: it names the Node that cdk8s starts
from cdk8s import App, YamlOutputType

from .argocd import ArgoCD
from .bootstrap import Bootstrap
from .production import PRODUCTION
from .revrx import RevRx
from .secrets_template import SecretsTemplate
from .staging import STAGING


def apps() -> tuple[App, App]:
    """What deployers apply, an object a file; and what administrators do, a file an environment."""
    app = App(yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    bootstrap = App(outdir=str(Path(app.outdir, "bootstrap")), yaml_output_type=YamlOutputType.FILE_PER_CHART)
    environments = [(env, RevRx(app, env)) for env in (STAGING, PRODUCTION)]
    for env, chart in environments:
        Bootstrap(bootstrap, env, deploys=chart)
    ArgoCD(app, environments)
    SecretsTemplate(app)
    return app, bootstrap
