"""Who runs the jobs."""

import gc
import signal
from typing import Any

from rq import Worker
from rq.job import Job
from rq.queue import Queue

from reliability.lifeline import die_with_parent


class ExecutionWorker(Worker):
    """One execution at a time, each in a process of its own that ends with the worker.

    RQ leaves that process behind when the worker is killed; it would go on while another worker takes its execution up.
    """

    def work(self, *args: Any, **options: Any) -> bool:
        """What is loaded by now stays: the garbage collector need not look at it again, nor copy it into children."""
        gc.collect()
        gc.freeze()
        return bool(super().work(*args, **options))

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        assert self.pid is not None  # the worker's own, taken before the fork
        die_with_parent(self.pid, signal.SIGKILL)
        super().main_work_horse(job, queue)
