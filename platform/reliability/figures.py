"""Figures for Prometheus. What a process counts is in `PROCESS`, and each process answers for its own.

A counter costs about a microsecond: count once for a batch, not for what is in it. Labels never hold what users have
made up: there is one series for each of their values, for ever.
"""

import logging
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Processes of one kind on one machine, at most, that find an address each.
PORTS = 64

PROCESS = CollectorRegistry()


class Asked(Collector):
    """What is asked for at each scrape, of somebody who may be away: then it is missing, and all else is there.

    away: what is raised then.
    """

    def __init__(self, collector: Collector, *, away: tuple[type[Exception], ...]) -> None:
        self._collector = collector
        self._away = away

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering asks nobody."""
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            return list(self._collector.collect())
        except self._away as error:
            name = type(self._collector).__name__
            logger.warning("Figures are missing", extra={"action": "figures_missing", "of": name, "reason": str(error)})
            return ()


def serve(registry: CollectorRegistry, *, first_port: int) -> int:
    """Answer Prometheus on the loopback, at the first port from there on that is free; 0 if there is none."""
    for port in range(first_port, min(first_port + PORTS, 65536)):
        try:
            start_http_server(port, addr=HOST, registry=registry)
        except OSError:
            continue
        return port
    logger.warning("No metrics here: all ports are taken", extra={"action": "metrics_failed", "port": first_port})
    return 0
