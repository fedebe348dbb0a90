"""The folder that synthesis wrote, as input of kubectl kustomize and of helm template."""

from pathlib import Path


def kustomization(folder: Path) -> None:
    names = sorted(path.name for path in folder.glob("*.k8s.yaml"))
    text = "\n".join(["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization", "resources:"])
    (folder / "kustomization.yaml").write_text("\n".join([text, *(f"  - {name}" for name in names), ""]))


def helm_chart(folder: Path, chart: Path) -> None:
    """A chart whose templates are the files as they are, so that it renders the same objects."""
    chart.mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: services\nversion: 1.0.0\n")
    (chart / "templates").symlink_to(folder.resolve(), target_is_directory=True)
