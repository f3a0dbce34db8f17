"""Finding credentials by ids that anybody may have written into a graph: one that is not usable is not there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from accounts.credentials.errors import CredentialNotFound
from accounts.credentials.models import StoredCredential

#: `last_used_at` is written at most this often.
USE_NOTED_EVERY = timedelta(minutes=1)


def find_usable(user_id: UUID, credential_id: str) -> StoredCredential:
    """The one that the user may use. Raises CredentialNotFound, whether it is somebody else's or nobody's."""
    found = usable(user_id, [credential_id]).get(credential_id)
    if found is None:
        raise CredentialNotFound
    return found


def usable(user_id: UUID, credential_ids: Iterable[str]) -> dict[str, StoredCredential]:
    """Those of them that the user may use, by their ids as they were given."""
    wanted = {id_: parsed for id_ in credential_ids if (parsed := _uuid(id_)) is not None}
    if not wanted:
        return {}
    found = StoredCredential.objects.usable_by(user_id).in_bulk(set(wanted.values()))
    return {id_: found[parsed] for id_, parsed in wanted.items() if parsed in found}


def system_ids() -> frozenset[str]:
    """The ids of the installation's own."""
    return frozenset(map(str, StoredCredential.objects.of_the_installation().values_list("id", flat=True)))


def note_use(credential: StoredCredential, now: datetime) -> None:
    due = now - USE_NOTED_EVERY
    if credential.last_used_at is None or credential.last_used_at <= due:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=due)
        StoredCredential.objects.filter(unnoted, id=credential.id).update(last_used_at=now)


def _uuid(text: object) -> UUID | None:
    """Only in its usual spelling, so that what is stored names one credential in one way."""
    try:
        parsed = UUID(str(text))
    except ValueError:
        return None
    return parsed if str(parsed) == text else None
