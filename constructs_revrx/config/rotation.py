"""How pods come to know of a Secret's new value, which no manifest shows."""

from collections.abc import Iterable

from .secret import Secret


def revision_annotation(secrets: Iterable[Secret]) -> dict[str, str]:
    """The pod template's annotation that changes when someone gives a Secret another revision."""
    revisions = sorted({f"{secret.name}={secret.revision}" for secret in secrets if secret.revision})
    return {"revision/secrets": ", ".join(revisions)} if revisions else {}


def reload_annotation(secrets: Iterable[Secret]) -> dict[str, str]:
    """What Stakater Reloader reads on a workload: the Secrets whose change restarts its pods.

    Source: Reloader's documentation, Annotation Reference. Not for a CronJob, of which it would start a Job at once:
    a Job reads what is there when it starts anyway.
    """
    names = sorted({secret.name for secret in secrets if secret.reload})
    return {"secret.reloader.stakater.com/reload": ",".join(names)} if names else {}
