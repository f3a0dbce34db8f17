"""Opening credit accounts."""

from typing import Any

from accounts.models import User
from credits.models import Account


def open_account(user: User) -> Account:
    """Give a new user an empty account. It is there before anything can be charged, so no first charge can race."""
    return Account.objects.create(user=user)


def open_for_new_user(user: User, **kwargs: Any) -> None:
    """Listens to `accounts.events.user_created`, inside the transaction that makes the user."""
    open_account(user)
