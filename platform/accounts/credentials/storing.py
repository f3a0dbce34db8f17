"""Making, changing and removing credentials."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F

from accounts.credentials.checking import require_good
from accounts.credentials.contents import Contents, opened, sealed
from accounts.credentials.errors import CredentialNotFound, SystemCredential, TooManyCredentials
from accounts.credentials.models import StoredCredential
from accounts.credentials.types import CredentialType

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def make_credential(
    user: "User | None",
    *,
    provider: str,
    type: CredentialType,
    contents: Contents,
    title: str = "",
    username: str = "",
    hosts: Sequence[str] = (),
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> StoredCredential:
    """Store a credential, sealed. user: None for one of the installation.

    Raises CredentialInvalid and TooManyCredentials.
    """
    hosts = [host.strip().lower() for host in hosts]
    require_good(provider=provider, type=type, title=title, username=username, contents=contents, hosts=hosts)
    if user is not None:
        _require_room(user)
    credential = StoredCredential(
        user=user,
        provider=provider,
        type=type,
        title=title.strip(),
        username=username,
        hosts=hosts,
        scopes=sorted(scopes),
        expires_at=expires_at,
    )
    credential.sealed = sealed(credential, contents)
    credential.save(force_insert=True)
    return credential


def change_credential(
    credential: StoredCredential,
    *,
    title: str | None = None,
    hosts: Sequence[str] | None = None,
    contents: Contents | None = None,
) -> StoredCredential:
    """Change what is given; provider and type stay. Raises CredentialInvalid and SystemCredential."""
    require_own(credential)
    title = credential.title if title is None else title.strip()
    hosts = credential.hosts if hosts is None else [host.strip().lower() for host in hosts]
    require_good(
        provider=credential.provider,
        type=CredentialType(credential.type),
        title=title,
        username=credential.username,
        contents=contents or opened(credential),
        hosts=hosts,
    )
    changed = {"title": title, "hosts": hosts} | ({"sealed": sealed(credential, contents)} if contents else {})
    if not StoredCredential.objects.filter(id=credential.id).update(**changed):
        raise CredentialNotFound
    for name, value in changed.items():
        setattr(credential, name, value)
    return credential


def remove_credential(credential: StoredCredential) -> None:
    """Raises SystemCredential."""
    require_own(credential)
    credential.delete()


def require_own(credential: StoredCredential) -> None:
    """Raises SystemCredential."""
    if credential.is_system:
        raise SystemCredential


def _require_room(user: "User") -> None:
    """The user's row stands in for all of them: two that come at once are counted one after the other."""
    get_user_model().objects.filter(pk=user.pk).update(is_active=F("is_active"))
    limit = settings.CREDENTIALS_PER_USER_MAX
    if StoredCredential.objects.for_user(user).count() >= limit:
        raise TooManyCredentials(f"A user may have {limit} credentials (CREDENTIALS_PER_USER_MAX).", limit=limit)
