"""The statuses of graph executions and node executions, and the only moves between them."""

from django.db import models


class Status(models.TextChoices):
    """Where an execution stands. There are no others."""

    INCOMPLETE = "INCOMPLETE", "Incomplete"  #: inputs are still gathering
    QUEUED = "QUEUED", "Queued"  #: ready, waiting for a worker or a free place
    RUNNING = "RUNNING", "Running"
    REVIEW = "REVIEW", "In review"  #: waiting for a person
    COMPLETED = "COMPLETED", "Completed"
    FAILED = "FAILED", "Failed"
    TERMINATED = "TERMINATED", "Terminated"  #: stopped on request


TERMINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.TERMINATED})

#: In the order in which the conditions of indexes name them: SQLite compares these word for word.
UNFINISHED = (Status.INCOMPLETE, Status.QUEUED, Status.RUNNING, Status.REVIEW)

#: From where each status may be reached. Writes carry the condition in their WHERE; that a final status stays as it is,
#: is seen to by triggers, too (`executor.final_statuses`).
ALLOWED_FROM: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.INCOMPLETE, Status.REVIEW}),
    Status.RUNNING: frozenset({Status.INCOMPLETE, Status.QUEUED, Status.REVIEW}),
    Status.COMPLETED: frozenset({Status.RUNNING}),
    Status.FAILED: frozenset({Status.INCOMPLETE, Status.QUEUED, Status.RUNNING, Status.REVIEW}),
    Status.TERMINATED: frozenset({Status.INCOMPLETE, Status.QUEUED, Status.RUNNING, Status.REVIEW}),
    Status.REVIEW: frozenset({Status.RUNNING}),
}
