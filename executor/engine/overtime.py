"""How long an execution may run: as the settings say, or less if it was given less."""

from typing import TYPE_CHECKING

from executor.engine import stop
from executor.engine.state import Clock

if TYPE_CHECKING:
    from executor.engine.execution import Execution


def seconds_left(execution: "Execution") -> float:
    """Time from a question until the execution went on does not count."""
    now, root = Clock.read(), execution.root
    ran = (now - (root.started_at or now)).total_seconds() - root.review_seconds
    return max(0.0, min(execution.limits.seconds, root.max_seconds or execution.limits.seconds) - ran)


def stop_late(execution: "Execution") -> None:
    """Its time is over."""
    own, most = execution.root.max_seconds, execution.limits.seconds
    execution.stop(stop.duration_limit(own) if own is not None and own < most else stop.time_limit(most))
