"""`manage.py clock`: what must happen regularly. Several clocks may run; nothing is done twice."""

import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.clock.lane import Lane, do
from config.clock.tasks import Task, lanes
from config.health.heartbeats import beat
from executor.hosting.connecting import start_safely
from executor.sweeping.sweep import sweep
from reliability.figures import PROCESS, serve

logger = logging.getLogger(__name__)

STOP = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    help = (
        "Sweeps up lost, abandoned and cancelled executions every SWEEP_SECONDS, starts what schedules are due, and "
        "does what credits and payments need regularly, until SIGTERM or Ctrl-C."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        start_safely(with_redis=False)
        if settings.CLOCK_METRICS_PORT:
            serve(PROCESS, first_port=settings.CLOCK_METRICS_PORT)
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # they wait for the end of a tick
        logger.info("The clock is running", extra={"action": "clock_started"})
        started = [Lane(tasks) for tasks in lanes()]
        for lane in started:
            lane.start()
        sweeping = Task("sweep", settings.SWEEP_SECONDS, repairs)
        do(sweeping)
        while signal.sigtimedwait(STOP, settings.SWEEP_SECONDS) is None:
            do(sweeping)
        for lane in started:
            lane.stop()
        logger.info("The clock has stopped", extra={"action": "clock_stopped"})


def repairs() -> dict[str, int]:
    """One sweep, which is also the clock's heartbeat: how much it has repaired, by kind; nothing if all was well."""
    repaired = sweep()
    beat()
    return {kind: count for kind, count in repaired.items() if count}
