"""The worker: many executions at once in one process, with RQ's promises for each of its jobs."""

from executor.worker.pooled import PooledWorker

__all__ = ["PooledWorker"]
