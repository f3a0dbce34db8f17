"""`manage.py clock`: what must happen regularly. Several clocks may run; a sweep repairs nothing twice."""

import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from executor.sweep import sweep

logger = logging.getLogger(__name__)

STOP = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    help = "Sweeps up lost, abandoned and cancelled executions every SWEEP_SECONDS, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # they wait for the end of a tick
        logger.info("The clock is running", extra={"action": "clock_started"})
        tick()
        while signal.sigtimedwait(STOP, settings.SWEEP_SECONDS) is None:
            tick()
        logger.info("The clock has stopped", extra={"action": "clock_stopped"})


def tick() -> None:
    """One sweep. Whatever goes wrong, a database that is away too, is logged; the next tick tries again."""
    close_old_connections()
    try:
        repairs = {kind: count for kind, count in sweep().items() if count}
        if repairs:
            logger.info("Swept up executions", extra={"action": "swept", "repairs": repairs})
    except Exception:
        logger.exception("A sweep failed; the next one tries again", extra={"action": "sweep_failed"})
    finally:
        close_old_connections()
