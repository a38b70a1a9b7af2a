"""Prometheus metrics of one application, in a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class ServerMetrics:
    """What the server counts; two applications in one process do not mix."""

    def __init__(self) -> None:
        """Make the registry and its metrics."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "assay_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "assay_http_request_duration_seconds",
            "Time to answer, streams excepted.",
            ("method", "route"),
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "assay_http_requests_in_flight", "Requests being answered.", registry=self.registry
        )
        self.evaluations = Gauge(
            "assay_evaluations_running", "Evaluations being worked on.", registry=self.registry
        )

    def text(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)
