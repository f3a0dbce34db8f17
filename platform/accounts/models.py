"""Who uses Sluice, and the keys that their programs use."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from accounts.credentials.models import OAuthState, StoredCredential
from accounts.tickets import SocketTicket
from accounts.users import UserManager
from reliability.ids import uuid7

__all__ = ["ApiKey", "KeyStatus", "NotificationWishes", "OAuthState", "SocketTicket", "StoredCredential", "Try", "User"]


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address. Make one with `User.objects.create_user`: it also opens the credit account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    #: IANA name; what "today" means for this user.
    timezone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        ordering = ("email",)
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_in_any_case",
                violation_error_message="A user with this e-mail address exists.",
            )
        ]

    def __str__(self) -> str:
        return self.email


class KeyStatus(models.TextChoices):
    """What an owner sees; whether a key may be used depends on its expiry and its user, too."""

    ACTIVE = "ACTIVE"
    #: May become ACTIVE again.
    SUSPENDED = "SUSPENDED"
    #: For good.
    REVOKED = "REVOKED"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def for_user(self, user: User) -> "ApiKeyQuerySet":
        return self.filter(user=user)

    def unrevoked(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None)


class ApiKey(models.Model):
    """A program's way in, as its user. Only a digest of the secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    #: What it may do, by the names of `api.scopes.Scope`, sorted.
    scopes = models.JSONField(default=list)
    #: The key that made this one; what ends that one ends this one.
    made_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="made")
    #: The public part, by which the key is found.
    head = models.CharField(max_length=16, unique=True)
    #: SHA-256 of the secret part: 256 random bits need no slow hash.
    digest = models.CharField(max_length=64)
    #: The last characters of the secret, by which its owner knows it; empty for keys from before.
    tail = models.CharField(max_length=8, blank=True)
    #: Credits that executions started with this key may cost on one day (UTC); empty for no ceiling.
    daily_limit = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    #: Why an operator has suspended it; then its owner cannot resume it.
    suspension_reason = models.CharField(max_length=300, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.head}…)"

    @property
    def status(self) -> KeyStatus:
        if self.revoked_at is not None:
            return KeyStatus.REVOKED
        return KeyStatus.ACTIVE if self.suspended_at is None else KeyStatus.SUSPENDED

    def is_valid_at(self, now: datetime) -> bool:
        """Neither revoked, suspended nor expired, and its user may sign in."""
        unexpired = self.expires_at is None or self.expires_at > now
        return self.status is KeyStatus.ACTIVE and unexpired and self.user.is_active


class Try(models.Model):
    """One of the few tries that an account, or an address of the network, has within a time. See `tries.py`."""

    #: SHA-256 of what is tried and by whom.
    subject = models.CharField(max_length=64)
    slot = models.PositiveSmallIntegerField()
    #: Taken until then.
    taken_until = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "slot"], name="try_once_per_slot")]

    def __str__(self) -> str:
        return f"{self.subject}[{self.slot}]"


class NotificationWishes(models.Model):
    """Which notifications a user wants. Whoever has no row wants all."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="notification_wishes")
    #: Types of `wishes.NotificationType` that must not be sent, sorted.
    refused = models.JSONField(default=list)
    #: `{channel: [types that must not be sent on it]}`, beside those that are refused altogether.
    refused_on = models.JSONField(default=dict)
    #: Notifications by e-mail on one day of the user's time zone.
    daily_limit = models.PositiveIntegerField(default=10)
    #: How many were sent on the day that is named.
    emails_sent = models.PositiveIntegerField(default=0)
    emails_sent_on = models.DateField(null=True, blank=True)
    #: In the user's time zone, between them nothing is sent; neither or both.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    #: An address that takes no mail: while it is the user's, none is sent.
    bounced_email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return f"Wishes of {self.user_id}"
