"""A thread that does tasks when they are due, one after another, so that a slow one holds nothing else up."""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from django.db import close_old_connections

from config.clock.tasks import Task
from reliability.retry import continuous_retry

logger = logging.getLogger(__name__)

#: How long the end of a running task is waited for.
PATIENCE_SECONDS = 10


class Lane:
    """Starts with its first task at once; each is due again its time after it last began."""

    def __init__(self, tasks: Iterable[Task], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._due = dict.fromkeys(tasks, clock())
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=continuous_retry()(self._run), name="clock-lane", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait a little for what is under way."""
        self._stopping.set()
        self._thread.join(PATIENCE_SECONDS)

    def pending(self) -> float:
        """Do everything that is due. Seconds until the next task is."""
        for task, due in self._due.items():
            if due <= self._clock() and not self._stopping.is_set():
                self._due[task] = self._clock() + task.every_seconds
                do(task)
        return max(0.0, min(self._due.values()) - self._clock())

    def _run(self) -> None:
        while not self._stopping.wait(self.pending()):
            continue


def do(task: Task) -> None:
    """Whatever goes wrong, a database that is away too, is logged; the next time tries again."""
    close_old_connections()
    try:
        done = task.work()
        if done:
            logger.info("A task has done something", extra={"action": "task_done", "task": task.name, "done": done})
    except Exception:
        logger.exception("A task failed; the next time tries again", extra={"action": "task_failed", "task": task.name})
    finally:
        close_old_connections()
