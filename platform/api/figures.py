"""What the API of this process has refused for having been asked too often."""

from prometheus_client import Counter

from reliability.figures import PROCESS

_hits = Counter("sluice_rate_limit_hits", "Requests that were answered 429.", ["limit"], registry=PROCESS)


def note_hit(limit: str) -> None:
    """limit: the name of the setting, or the code of an error that has none."""
    _hits.labels(limit).inc()
