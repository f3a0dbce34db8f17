"""`manage.py rqworker`: the worker, set up for executions when no flag says otherwise."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django_rq.management.commands.rqworker import Command as RqWorkerCommand


class Command(RqWorkerCommand):
    help = "Runs executions from the queue, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(
            worker_class="executor.worker.ExecutionWorker",
            serializer=settings.RQ_QUEUES[settings.EXECUTION_QUEUE]["SERIALIZER"],
        )

    def handle(self, *queues: str, **options: Any) -> None:
        if len(queues) > 1:  # RQ takes from several queues by BLPOP, and what a dying worker had just taken is gone
            raise CommandError(f"A worker listens to one queue, not to {len(queues)}: start one worker for each.")
        super().handle(*(queues or (settings.EXECUTION_QUEUE,)), **options)
