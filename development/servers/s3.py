"""`python -m development.servers.s3 PORT BUCKET`: moto's S3, with a bucket. As in LocalStack, objects end with it."""

import signal
import sys
import threading

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def main(port: int, bucket: str) -> None:
    server = make_server("127.0.0.1", port, DomainDispatcherApplication(create_backend_app), threaded=True)
    server.daemon_threads = True
    # shutdown() waits for the loop that the signal interrupts.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=_make, args=(port, bucket), daemon=True).start()
    server.serve_forever()


def _make(port: int, bucket: str) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="development",
        aws_secret_access_key="development",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=bucket)
    print(f"bucket {bucket} is there", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
