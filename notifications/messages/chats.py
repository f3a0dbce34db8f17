"""The webhooks of users' chats."""

from urllib.parse import urlsplit

from django.db import transaction

from accounts.credentials.keyring import ring
from accounts.models import User
from accounts.wishes import NotificationChannel
from notifications.addresses import require_reachable
from notifications.errors import ContactMissing
from notifications.messages.contacts import Contact
from reliability.secrets import Secret


@transaction.atomic
def set_webhook(user: User, channel: NotificationChannel, url: str) -> Contact:
    """Where the user is told from now on. Raises EndpointInvalid."""
    require_reachable(url)
    Contact.objects.filter(user=user, channel=channel).delete()
    contact = Contact(user=user, channel=channel, host=urlsplit(url).hostname or "")
    contact.sealed = ring().seal(url, owner=_owner(contact))
    contact.save()
    return contact


def remove_webhook(user: User, channel: NotificationChannel) -> bool:
    return Contact.objects.filter(user=user, channel=channel).delete()[0] > 0


def webhook_of(user: User, channel: str) -> Secret:
    """Raises ContactMissing and SecretUnreadable."""
    contact = Contact.objects.filter(user=user, channel=channel).first()
    if contact is None:
        raise ContactMissing
    return ring().open(contact.sealed, owner=_owner(contact))


def _owner(contact: Contact) -> str:
    return f"contact:{contact.id}"
