"""What can be wrong with how a worker is started."""

from reliability.errors import InvalidInput


class OneQueue(InvalidInput):
    """A worker listens to one queue."""

    code = "one_queue"

    def __init__(self, count: int) -> None:
        super().__init__(f"A worker listens to one queue, not to {count}: start one worker for each.")
