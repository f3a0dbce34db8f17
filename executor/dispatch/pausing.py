"""Pausing a user: all executions wait in QUEUED until the user is resumed; those at work go on."""

import logging

from accounts.models import User
from executor.dispatch.dispatching import dispatch
from executor.dispatch.models import Share

logger = logging.getLogger(__name__)


def pause(user: User) -> bool:
    """Let nothing of this user begin. False if the user was paused already."""
    Share.objects.get_or_create(user=user)
    return _set(user, is_paused=True)


def resume(user: User) -> bool:
    """Let what waits begin again. False if the user was not paused."""
    resumed = _set(user, is_paused=False)
    if resumed:
        dispatch()
    return resumed


def _set(user: User, *, is_paused: bool) -> bool:
    changed = Share.objects.filter(user=user, is_paused=not is_paused).update(is_paused=is_paused)
    if changed:
        action = "user_paused" if is_paused else "user_resumed"
        logger.info("The dispatching of a user was changed", extra={"action": action, "user": str(user.id)})
    return bool(changed)
