"""Guesses in forms: those that are wrong are counted, and too many are refused whether they are right or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.errors import TooManyTries
from accounts.figures import note_attempt
from accounts.tries import give_back, require_try


@dataclass(slots=True)
class Guess:
    is_right: bool = False


@contextmanager
def counted(action: str, account: str) -> Iterator[Guess]:
    """Count the guess of this account and of the caller's address before it is looked at; give it back if it is right.

    action: one of accounts.figures.METHODS.
    Raises ValidationError with the code of TooManyTries.
    """
    request = cast(HttpRequest, context.request)
    try:
        taken = require_try(action, request, account)
    except TooManyTries as error:
        note_attempt(action, "refused")
        raise ValidationError(error.message, code=error.code) from error
    guess = Guess()
    yield guess
    note_attempt(action, "right" if guess.is_right else "wrong")
    if guess.is_right:
        give_back(taken)
