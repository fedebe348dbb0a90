"""What Prometheus asks for, on a port that no host leads to."""

from prometheus_client import Counter, Histogram

requests = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
durations = Histogram("http_request_duration_seconds", "Seconds until a request was answered", ["method", "route"])
enqueued = Counter("tasks_enqueued_total", "Tasks handed to Redis", ["outcome"])
