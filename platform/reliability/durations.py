"""How long things took, by kind, for what happens so often that an ordinary histogram would cost too much."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from threading import Lock

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class Durations(Collector):
    """A histogram for each value of one label. Many durations at once cost one lock, and each one a look into a list.

    bounds: the largest seconds of each bucket, in order.
    """

    def __init__(self, name: str, documentation: str, *, label: str, bounds: Sequence[float]) -> None:
        self._name, self._documentation, self._label = name, documentation, label
        self._bounds = tuple(bounds)
        self._lock = Lock()
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def note(self, durations: Iterable[tuple[str, float]]) -> None:
        """durations: the label's value, and seconds."""
        with self._lock:
            for value, seconds in durations:
                counts = self._counts.get(value) or self._begin(value)
                counts[bisect_left(self._bounds, seconds)] += 1
                self._sums[value] += seconds

    def collect(self) -> Iterable[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._name, self._documentation, labels=[self._label])
        names = [floatToGoString(bound) for bound in (*self._bounds, float("inf"))]
        with self._lock:
            for value, counts in self._counts.items():
                up_to = [sum(counts[: place + 1]) for place in range(len(counts))]
                family.add_metric([value], list(zip(names, up_to, strict=True)), self._sums[value])
        yield family

    def _begin(self, value: str) -> list[int]:
        self._sums[value] = 0.0
        return self._counts.setdefault(value, [0] * (len(self._bounds) + 1))
