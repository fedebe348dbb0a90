"""The Kubernetes version that a chart is for."""

from constructs import Construct

from kubecheck.objects.version import NEWEST, OLDEST, parse

from .calls import checked
from .chart import TARGET
from .errors import ManifestError, Problem


@checked
def target_kubernetes(scope: Construct, version: str) -> None:
    """Say which Kubernetes the charts of a scope are for: an App, or one Chart, before anything is made in it.

    What is written is then what that version does best, and what it lacks is refused. Without it the version is 1.27,
    and what is written holds from 1.27 to 1.37. It is construct context, so it holds for all below the scope.

    Args:
        version: the oldest in the cluster, its nodes included, as text: `"1.30"`.

    Raises:
        ManifestError: at once, for a version that the library does not know, or when constructs were made before.
    """
    known = parse(version)
    place = scope.node.path or "app"
    if known is None:
        text = f"target_kubernetes: {version!r} is not a version; write it as text, e.g. '{NEWEST}'"
        raise ManifestError([Problem(place, text)])
    if not OLDEST <= known <= NEWEST:
        text = f"target_kubernetes: {version} is not from {OLDEST} to {NEWEST}, which this library knows"
        raise ManifestError([Problem(place, text)])
    try:
        scope.node.set_context(TARGET, str(known))
    except RuntimeError:
        text = "target_kubernetes: constructs were made before, for another version perhaps; call it before the first"
        raise ManifestError([Problem(place, text)]) from None
