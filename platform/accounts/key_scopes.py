"""What API keys may do, and which keys a key may touch: none that may do more than itself."""

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import KeyRevoked, ScopesInvalid
from accounts.models import ApiKey, User
from api.scopes import Scope, require

#: Names that the AutoGPT Platform has for what is called otherwise here, or is not here at all.
OTHER_NAMES: dict[str, Scope | None] = {
    "RUN_AGENT": Scope.EXECUTE_GRAPH,
    "USE_TOOLS": None,
    "READ_STORE": None,
    "WRITE_STORE": None,
}


def scopes_named(names: Iterable[str]) -> list[Scope]:
    """The scopes with these names. What Sluice has nothing like is left out. Raises ScopesInvalid."""
    names = set(names)
    unknown = sorted(names - set(Scope) - set(OTHER_NAMES))
    if unknown:
        message = f"There is no scope {', '.join(unknown)}."
        raise ScopesInvalid(message, fields={"permissions": message})
    found = {OTHER_NAMES[name] if name in OTHER_NAMES else Scope(name) for name in names}
    return sorted(scope for scope in found if scope is not None)


def hold_keys(user_id: UUID) -> None:
    """Let nobody else make or change keys of this user until the transaction ends.

    It writes, because that locks on every database: what a key may is read after it, and holds.
    """
    User.objects.filter(pk=user_id).update(created_at=F("created_at"))


def require_reach(caller: ApiKey, wanted: Iterable[str]) -> ApiKey:
    """The caller as it is now, if it has all of these scopes.

    Raises ScopeMissing, and KeyRevoked if it works no longer.
    """
    current = ApiKey.objects.select_related("user").get(pk=caller.pk)
    if not current.is_valid_at(timezone.now()):
        raise KeyRevoked("The API key that asks for this works no longer.")
    require(current.scopes, cast(Iterable[Scope], wanted))
    return current


@transaction.atomic
def set_scopes(key: ApiKey, scopes: Iterable[Scope]) -> ApiKey:
    """Let a key do this and nothing else; keys that it has made lose what it loses. Raises KeyRevoked."""
    hold_keys(key.user_id)
    wanted = sorted({str(scope) for scope in scopes})
    if not ApiKey.objects.unrevoked().filter(pk=key.pk).update(scopes=wanted):
        raise KeyRevoked
    _narrow(key, set(wanted))
    key.scopes = wanted
    return key


def _narrow(maker: ApiKey, allowed: set[str]) -> None:
    for key in ApiKey.objects.filter(made_by=maker):
        ApiKey.objects.filter(pk=key.pk).update(scopes=sorted(allowed & set(key.scopes)))
        _narrow(key, allowed)
