"""Calling `rungraph` as a shell would."""

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import orjson

from accounts.models import User
from console.management.commands.rungraph import Command
from credits.ledger import grant


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    #: What the command told the person at the terminal.
    told: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.out.splitlines()]


def rungraph(*arguments: str) -> Answer:
    out, told, code = StringIO(), StringIO(), 0
    with redirect_stdout(out), redirect_stderr(told):
        try:
            Command().run_from_argv(["manage.py", "rungraph", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    return Answer(code, out.getvalue(), told.getvalue())


def ada(credits: int = 1000) -> User:
    user = User.objects.create_user("ada@example.org")
    if credits:
        grant(user.credit_account, amount=credits, key="start", reason="To begin with")
    return user
