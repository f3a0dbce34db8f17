"""What deliveries are signed with. It is stored sealed, as credentials are."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.credentials.keyring import ring
from executor.webhooks.secrets import new_secret
from notifications.errors import SecretMissing
from notifications.models import Endpoint, EndpointSecret
from reliability.secrets import Secret

#: How long a former secret may go on signing.
LONGEST_OVERLAP = timedelta(days=7)


@transaction.atomic
def give_secret(endpoint: Endpoint, *, overlap: timedelta = timedelta(), now: datetime) -> Secret:
    """A new one. The former signs beside it until the overlap is over; older ones are forgotten."""
    Endpoint.objects.select_for_update().get(id=endpoint.id)
    endpoint.secrets.filter(expires_at__isnull=False).delete()
    if overlap:
        endpoint.secrets.update(expires_at=now + overlap)
    else:
        endpoint.secrets.all().delete()
    text, row = new_secret(), EndpointSecret(endpoint=endpoint)
    row.sealed = ring().seal(text, owner=_owner(row))
    row.save()
    return Secret(text)


def signing_secrets(endpoint: Endpoint, *, now: datetime) -> list[Secret]:
    """The newest first. Raises SecretMissing and SecretUnreadable."""
    rows = [row for row in endpoint.secrets.all() if row.expires_at is None or row.expires_at > now]
    if not rows:
        raise SecretMissing
    return [ring().open(row.sealed, owner=_owner(row)) for row in rows]


def _owner(row: EndpointSecret) -> str:
    return f"endpoint-secret:{row.id}"
