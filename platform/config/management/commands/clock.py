"""`manage.py clock`: what must happen regularly. Several clocks may run; nothing is done twice."""

import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.clock.lane import Lane, do
from config.clock.tasks import Task, lanes
from executor.sweeping.sweep import sweep

logger = logging.getLogger(__name__)

STOP = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    help = (
        "Sweeps up lost, abandoned and cancelled executions every SWEEP_SECONDS, starts what schedules are due, and "
        "does what credits and payments need regularly, until SIGTERM or Ctrl-C."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
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
    """One sweep: how much it has repaired, by kind; nothing if all was well."""
    return {kind: count for kind, count in sweep().items() if count}
