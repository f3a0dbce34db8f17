"""Who is let in no longer."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_out

from accounts.events import AccessEnded, publish
from accounts.models import User
from accounts.tries import forget_account


def end_access(user: User) -> None:
    """Tell that nothing counts any more by which the user came in: the account is closed, or its password is new."""
    publish(AccessEnded(user_id=str(user.pk)))


def set_active(user: User, is_active: bool) -> bool:
    """Let a user in, or keep them and their keys out. False if that is so already."""
    if not User.objects.filter(pk=user.pk, is_active=not is_active).update(is_active=is_active):
        return False
    user.is_active = is_active
    if not is_active:
        end_access(user)
    return True


def listen() -> None:
    """Tell what Django and allauth know of: who signs out, and whose password is new."""
    user_logged_out.connect(_signed_out, dispatch_uid="accounts.access")
    for signal in (password_changed, password_set, password_reset):
        signal.connect(_password_is_new, dispatch_uid="accounts.access")


def _signed_out(user: User | None, request: Any, **kwargs: Any) -> None:
    if user is not None:
        publish(AccessEnded(user_id=str(user.pk), session_key=request.session.session_key))


def _password_is_new(user: User, **kwargs: Any) -> None:
    end_access(user)
    forget_account("sign-in", user.email)
