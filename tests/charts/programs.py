"""Programs that are no Python packages."""

import os
import shutil

import pytest

from .dist import ROOT


def program(name: str) -> str:
    """Where one of go-tools.txt is. Without it the test is skipped."""
    found = shutil.which(name, path=os.pathsep.join([str(ROOT / ".tools"), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not here; `make setup` builds it where Go is")
    return found
