"""An app of many WebServices, eight objects each: `python -m benchmarks.web_services COUNT OUTDIR`."""

import sys

from constructs_revrx import Autoscaling, Host, Image, Resources, WebService, synth
from cdk8s import App, Chart, YamlOutputType

OBJECTS = 8

_RESOURCES = Resources(cpu=("250m", "1"), memory=("512Mi", "2Gi"), ephemeral_storage=("64Mi", "256Mi"))


def app(count: int, outdir: str) -> App:
    app = App(outdir=outdir, yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    chart = Chart(app, "services", namespace="services", labels={"app.kubernetes.io/part-of": "benchmark"})
    for number in range(count):
        WebService(
            chart,
            f"service-{number}",
            image=Image("ghcr.io/example/service:1.0.0"),
            port=8000,
            health_path="/health",
            resources=_RESOURCES,
            replicas=Autoscaling(minimum=2, maximum=10, cpu=70, memory=80),
            env={"NUMBER": str(number), "LOG_LEVEL": "INFO"},
            hosts=[Host(f"service-{number}.example.com")],
        )
    return app


if __name__ == "__main__":
    print(synth(app(int(sys.argv[1]), sys.argv[2])))
