"""Where users are told beside their e-mail address: webhooks of chats."""

from django.conf import settings
from django.db import models

from accounts.credentials.sealed import SealedField
from accounts.wishes import NotificationChannel
from reliability.ids import uuid7

#: The address of a user needs no row.
CHATS = (NotificationChannel.DISCORD, NotificationChannel.SLACK)
TROUBLE_CHARACTERS = 300


class Contact(models.Model):
    """The webhook of a user's chat. Whoever has its address may write there, so it is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contacts")
    channel = models.CharField(max_length=12, choices=[(str(channel), channel.title()) for channel in CHATS])
    sealed = SealedField(owner="contact")
    #: What its owner sees of the address.
    host = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="contact_one_a_channel")]

    def __str__(self) -> str:
        return f"{self.channel} of {self.user_id}"
