"""`manage.py rqworker-pool`: several workers, set up for executions when no flag says otherwise."""  # noqa: N999

from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from executor.hosting.starting import refuse_unsafe_start
from executor.worker.errors import OneQueue
from executor.worker.keys import require_keys

RqWorkerPoolCommand = import_module("django_rq.management.commands.rqworker-pool").Command


class Command(RqWorkerPoolCommand):  # type: ignore[misc, valid-type]
    help = "Keeps --num-workers workers running, until SIGTERM or Ctrl-C."
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
        require_keys()
        refuse_unsafe_start()
        super().handle(*(queues or (settings.EXECUTION_QUEUE,)), **options)
