"""`python -m kubecheck`: see kubecheck.cli."""

import sys

from .cli.main import main

sys.exit(main())
