"""Metrics of requests and of what the process has in use, for Prometheus."""

from collections.abc import Collection, Iterator
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Metrics:
    """Metrics registry. Labels are operations, never paths, which clients choose."""

    def __init__(self, app: FastAPI, *, hosts: Collection[str]) -> None:
        self.hosts = hosts
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_ResourceCollector(app))
        labels = ("operation", "method", "status")
        self._requests = Counter("roundtable_requests", "Completed requests.", labels, registry=self.registry)
        self._seconds = Histogram(
            "roundtable_request_seconds",
            "Time from the headers of a request to the end of its response.",
            ("operation",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count(self, operation: str, method: str, status: int, seconds: float) -> None:
        key = (operation, method if method in KNOWN_METHODS else "other", status // 100)
        found = self._children.get(key)
        if found is None:
            counted = self._requests.labels(key[0], key[1], f"{key[2]}xx")
            found = self._children[key] = (counted, self._seconds.labels(operation))
        found[0].inc()
        found[1].observe(seconds)


class _ResourceCollector(Collector):
    """Collector of the resources in use at the time of a scrape."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def collect(self) -> Iterator[Metric]:
        state = self.app.state
        flying = GaugeMetricFamily("roundtable_requests_in_flight", "Requests in progress.")
        flying.add_metric([], state.concurrency_limit.in_flight)
        yield flying
        pools = GaugeMetricFamily("roundtable_pool_in_use", "PostgreSQL connections in use.", labels=["pool"])
        for clearance, engine in getattr(state, "engines", {}).items():
            pools.add_metric([f"readers_{clearance}"], engine.sync_engine.pool.checkedout())
        if hasattr(state, "write_engine"):
            pools.add_metric(["writers"], state.write_engine.sync_engine.pool.checkedout())
        yield pools
        store = getattr(state, "response_store", None)
        if store is not None:
            gauge = GaugeMetricFamily(
                "roundtable_cache", "Response cache: lookups since the start, and size in bytes.", labels=["of"]
            )
            for name in ("hits", "misses", "bypassed", "size"):
                gauge.add_metric([name], getattr(store, name))
            yield gauge
