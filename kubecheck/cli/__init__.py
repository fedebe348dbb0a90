"""The command line: `python -m kubecheck FOLDER|FILE|- …`."""
