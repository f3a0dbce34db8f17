"""Making, finding and revoking the links to shared executions."""

import secrets
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api.sealing import seal, unseal
from executor.models import GraphExecution
from executor.sharing.models import Share

#: Of a token, before it is written as text.
TOKEN_BYTES = 32
TOKEN_CHARACTERS = 43


@transaction.atomic
def share(execution: GraphExecution) -> str:
    """The token under which anybody may see the outputs: the one that there is, or a new one."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    new = {"digest": _digest(token), "sealed": seal(token), "created_at": timezone.now()}
    found, is_new = Share.objects.get_or_create(execution=execution, defaults=new)
    if is_new:
        return token
    if (known := unseal(found.sealed)) is not None:
        return known
    Share.objects.filter(execution=execution).update(**new)  # sealed with a SECRET_KEY of before
    return token


def shared_token(execution: GraphExecution) -> str | None:
    """None if it is not shared, or if nobody can read the link any more."""
    found = Share.objects.filter(execution=execution).first()
    return unseal(found.sealed) if found is not None else None


def revoke(execution: GraphExecution) -> bool:
    """From now on its link leads nowhere. False if there was none."""
    return bool(Share.objects.filter(execution=execution).delete()[0])


def shared_execution(token: str) -> GraphExecution | None:
    """What the link leads to, unless it was revoked, the execution was deleted, or its owner may not sign in."""
    if len(token) != TOKEN_CHARACTERS:
        return None
    found = GraphExecution.objects.filter(share__digest=_digest(token), deletion=None, user__is_active=True)
    return found.select_related("version", "graph").first()


def page_address(token: str, *, site: str) -> str:
    """The page for people. site: where this installation was reached, if PUBLIC_URL does not say it."""
    return f"{(settings.PUBLIC_URL or site).rstrip('/')}/shared/{token}"


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
