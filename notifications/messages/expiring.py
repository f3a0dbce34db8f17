"""Telling of credentials that end soon, or that their provider renews no more."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.credentials.models import StoredCredential
from accounts.credentials.types import CredentialType
from accounts.wishes import NotificationType
from notifications.messages.data import CredentialExpiringData
from notifications.messages.writing import write_notice
from notifications.models import Notice
from notifications.singly import singly

#: So long before the end.
BEFORE = timedelta(days=7)


def note_expiring(*, now: datetime) -> int:
    """Write a notice for each, once for each end. How many. Access tokens are renewed by themselves."""
    refused = Q(refused_at__isnull=False)
    ends = ~Q(type=CredentialType.OAUTH2) & Q(expires_at__gt=now, expires_at__lte=now + BEFORE)
    ending = StoredCredential.objects.filter(refused | ends, user__isnull=False)
    told = set(Notice.objects.filter(kind=NotificationType.CREDENTIAL_EXPIRING).values_list("key", flat=True))
    return singly([row for row in ending if _key(row) not in told], lambda row: _note(row, now))


@transaction.atomic
def _note(row: StoredCredential, now: datetime) -> bool:
    data = CredentialExpiringData(
        title=row.title, provider=row.provider, expires_at=None if row.refused_at else row.expires_at
    )
    assert row.user_id is not None
    write_notice(NotificationType.CREDENTIAL_EXPIRING, row.user_id, data, key=_key(row), happened_at=now)
    return True


def _key(row: StoredCredential) -> str:
    moment = row.refused_at or row.expires_at
    return f"credential_expiring:{row.pk}:{moment:%Y%m%dT%H%M%S}"
