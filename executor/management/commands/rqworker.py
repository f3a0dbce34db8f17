"""`manage.py rqworker`: the worker, set up for executions when no flag says otherwise."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django_rq.management.commands.rqworker import Command as RqWorkerCommand

from executor.hosting.connecting import start_safely
from executor.worker.errors import OneQueue
from executor.worker.keys import require_keys


class Command(RqWorkerCommand):
    help = "Runs executions from the queue, many at once, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(
            worker_class=settings.RQ["WORKER_CLASS"],
            job_class=settings.RQ["JOB_CLASS"],
            serializer=settings.RQ_QUEUES[settings.EXECUTION_QUEUE]["SERIALIZER"],
        )

    def handle(self, *queues: str, **options: Any) -> None:
        if len(queues) > 1:
            raise CommandError(str(OneQueue(len(queues))))
        start_safely(with_redis=True)
        require_keys()
        super().handle(*(queues or (settings.EXECUTION_QUEUE,)), **options)
