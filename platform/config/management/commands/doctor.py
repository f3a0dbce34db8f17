"""`manage.py doctor`: what is wrong with this installation, and what to do about it."""

import sys
from typing import Any

from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.management.base import BaseCommand

from config.health.findings import names
from config.health.readiness import not_ready

WAIT_SECONDS = 5.0
#: Django's own advice, about what Sluice leaves to the proxy before it, or checks itself.
OF_DJANGO = "security."
#: The same as the finding of `/readyz`.
OF_MIGRATIONS = ("config.E012", "config.W012")


class Command(BaseCommand):
    help = "Looks at the database, Redis, worker, clock and settings. Exits with 1 if something must be repaired."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        findings = not_ready(seconds=WAIT_SECONDS)
        for finding in findings:
            self._say("error", finding.dependency, finding.problem, finding.repair)
        messages = checked(with_database="database" not in names(findings), known=names(findings))
        for message in messages:
            kind = "error" if message.level >= ERROR else "warning"
            self._say(kind, message.id or "check", str(message.msg), message.hint or "")
        if findings or any(message.level >= ERROR for message in messages):
            sys.exit(1)
        self.stdout.write("Nothing has to be repaired.")

    def _say(self, kind: str, name: str, problem: str, repair: str) -> None:
        self.stdout.write(f"{kind}: {name}: {problem}")
        if repair:
            self.stdout.write(f"    {repair}")


def checked(*, with_database: bool, known: list[str]) -> list[CheckMessage]:
    """What Django's checks say; those of the database only while it answers, and nothing that is known already."""
    is_migrated = "migrations" not in known
    databases = ["default"] if with_database and is_migrated else None
    found = run_checks(include_deployment_checks=True, databases=databases)
    ours = [message for message in found if not (message.id or "").startswith(OF_DJANGO)]
    return [message for message in ours if is_migrated or message.id not in OF_MIGRATIONS]
