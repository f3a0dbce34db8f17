"""Who asks, as far as that is known: looking at it asks nobody."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


class AskedBy:
    """The id of who sent the request, in whatever is logged meanwhile: none before it was found out."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __str__(self) -> str:
        return known_user_id(self._request)


def known_user_id(request: HttpRequest) -> str:
    """Empty for nobody, and for who was not asked for yet: of a session, that would read the database."""
    user = vars(request).get("user")
    if isinstance(user, SimpleLazyObject):
        user = vars(request).get("_cached_user")
    return str(getattr(user, "pk", None) or "")
