"""What a first visitor finds: a user with credits, and the graphs under examples/."""

import secrets
from pathlib import Path

from django.db import transaction

from accounts.models import User
from config.env import ROOT
from console.terminal.owner import DEMO_EMAIL
from console.terminal.source import source_of
from credits.ledger import grant
from credits.models import Account
from graphs.models import GraphVersion
from reliability.errors import SluiceError

EXAMPLES = ROOT / "examples"
#: The example that `up` runs.
SHOWN = EXAMPLES / "newsroom.json"
DEMO_CREDITS = 1000
PASSWORD_BYTES = 9


@transaction.atomic
def demo_user() -> User:
    """The demo user, with its credits; both are made once."""
    user = User.objects.filter(email=DEMO_EMAIL).first() or User.objects.create_user(DEMO_EMAIL, name="Demo")
    grant(Account.objects.get(user=user), amount=DEMO_CREDITS, key="demo-grant", reason="Credits to try Sluice with")
    return user


def one_time_password(user: User) -> str | None:
    """A new password at each start, until the user has signed in once; from then on None, and theirs is left alone."""
    if user.last_login is not None:
        return None
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def import_examples(user: User) -> list[str]:
    """Import each file that this user does not have yet; one that was edited is another file. Returns refusals."""
    refusals = []
    for path in sorted(EXAMPLES.glob("*.json")):
        try:
            example(path, user)
        except SluiceError as error:
            refusals.append(f"examples/{path.name} was not imported: {error}")
    return refusals


@transaction.atomic
def example(path: Path, user: User) -> GraphVersion:
    """The version that this file became for this user, imported now if it has not been before."""
    return source_of(str(path), user=user, number=None).version
