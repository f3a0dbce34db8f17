"""The thread that tells Redis that this worker and its jobs are alive, and sweeps while nothing else is to be done."""

import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from redis.exceptions import RedisError
from rq import worker_registration
from rq.utils import now
from rq.worker.base import WorkerStatus

from executor.sweeping.sweep import sweep
from executor.worker.odd_entries import remove_forgotten

if TYPE_CHECKING:
    from executor.worker.pooled import PooledWorker

logger = logging.getLogger(__name__)


class Heartbeat:
    """Beats until the worker has ended."""

    def __init__(self, worker: "PooledWorker") -> None:
        self._worker = worker
        self._beats_at = self._sweeps_at = time.monotonic()

    def run(self) -> None:
        """The thread."""
        worker = self._worker
        while not worker.ended.wait(max(0.0, min(self._beats_at, self._sweeps_at) - time.monotonic())):
            if time.monotonic() >= self._beats_at:
                self._beats_at = time.monotonic() + settings.LEASE_RENEW_SECONDS
                self._beat()
            if time.monotonic() >= self._sweeps_at:
                self._sweeps_at = time.monotonic() + settings.SWEEP_SECONDS
                if not worker.running and not worker.closing.is_set():
                    _sweep()
        connections.close_all()

    def _beat(self) -> None:
        try:
            self._tell_redis()
            if self._worker.should_run_maintenance_tasks:
                remove_forgotten(self._worker.queue)
                self._worker.run_maintenance_tasks()
        except (RedisError, OSError) as error:
            logger.warning("Redis cannot be told", extra={"action": "heartbeat_failed", "reason": str(error)})
        except Exception:
            logger.exception("A heartbeat has a fault", extra={"action": "heartbeat_failed"})

    def _tell_redis(self) -> None:
        """Put off the expiry of the worker's and of its jobs' records; write again what has expired all the same."""
        worker = self._worker
        running = list(worker.running.values())
        with worker.connection.pipeline(transaction=False) as pipeline:
            pipeline.hexists(worker.key, "birth")
            for job in running:
                pipeline.exists(job.job.key)
            is_known, *are_known = pipeline.execute()
        with worker.connection.pipeline(transaction=False) as pipeline:
            if not is_known:
                worker_registration.register(worker, pipeline)
                pipeline.hset(worker.key, mapping=worker.serialize())
            worker.set_state(WorkerStatus.BUSY if running else WorkerStatus.IDLE, pipeline=pipeline)
            worker.heartbeat(worker.lease_ttl, pipeline=pipeline)
            for job, exists in zip(running, are_known, strict=True):
                if exists:
                    job.execution.heartbeat(job.job.started_job_registry, worker.lease_ttl, pipeline=pipeline)
                    job.job.heartbeat(now(), worker.lease_ttl, pipeline=pipeline)
            pipeline.execute()


def _sweep() -> None:
    """Any number of sweepers may be at work; one that fails leaves it to the next."""
    close_old_connections()
    try:
        sweep()
    except (DatabaseError, InterfaceError, RedisError, OSError) as error:
        logger.warning("A sweep failed", extra={"action": "sweep_failed", "reason": str(error)})
    except Exception:
        logger.exception("A sweep has a fault", extra={"action": "sweep_failed"})
    finally:
        close_old_connections()
