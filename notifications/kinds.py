"""What users can be told of."""

from django.db import models


class Kind(models.TextChoices):
    """Kinds of notices, as their receivers see them."""

    COMPLETED = "execution.completed", "Execution completed"
    FAILED = "execution.failed", "Execution failed"
    TERMINATED = "execution.terminated", "Execution terminated"
    REVIEW_WAITING = "execution.review_waiting", "Execution waits for a review"
    TEST = "endpoint.test", "Test of an endpoint"


#: What an endpoint may ask for; a test it gets anyway.
OF_EXECUTIONS = (Kind.COMPLETED, Kind.FAILED, Kind.TERMINATED, Kind.REVIEW_WAITING)
