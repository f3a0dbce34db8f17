"""The garbage collector of a worker: it looks seldom, and not at what stays anyway."""

import gc

#: New objects after which the young are looked at, and how often that comes before the next older ones are. By default
#: it is 700 and 10: an execution that keeps ten thousand nodes in memory would be gone through again and again.
THRESHOLDS = (10_000, 20, 50)


def collect_seldom() -> None:
    """Call it once everything is loaded: that is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
