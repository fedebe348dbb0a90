"""dist/secrets-template: every Secret with its keys, to be copied and filled in."""

from constructs_revrx import SecretsTemplate as Template
from cdk8s import Chart
from constructs import Construct

from .revrx import PART_OF
from .secrets import SECRETS


class SecretsTemplate(Chart):
    """For an environment without External Secrets; nobody applies it as it is."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "secrets-template", labels={**PART_OF, "app.kubernetes.io/instance": "revrx"})
        Template(self, "template", secrets=SECRETS)
