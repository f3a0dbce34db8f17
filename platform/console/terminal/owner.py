"""Whose graph a command runs, when the command line does not say it all."""

from accounts.models import User
from reliability.errors import NotFound

DEMO_EMAIL = "demo@sluice.example"


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"


def owner_for(email: str | None) -> User:
    """The user with this address; without one the only user, else the demo user. Raises UserNotFound."""
    if email is not None:
        return _by_email(email, f"There is no user {email}.")
    first_two = list(User.objects.filter(is_active=True)[:2])
    if len(first_two) == 1:
        return first_two[0]
    if not first_two:
        raise UserNotFound("There is no user yet. Make one with `manage.py createsuperuser`, or start `manage.py up`.")
    return _by_email(DEMO_EMAIL, f"There are several users, none is {DEMO_EMAIL}. Say whose graph it is: --user EMAIL.")


def _by_email(email: str, otherwise: str) -> User:
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise UserNotFound(otherwise)
    return user
