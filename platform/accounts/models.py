"""Who uses Sluice, and the keys that their programs use."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from accounts.credentials.models import OAuthState, StoredCredential
from accounts.users import UserManager
from reliability.ids import uuid7

__all__ = ["ApiKey", "OAuthState", "StoredCredential", "User"]


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


class ApiKey(models.Model):
    """A program's way in, as its user. Only a digest of the secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    #: The public part, by which the key is found.
    head = models.CharField(max_length=16, unique=True)
    #: SHA-256 of the secret part: 256 random bits need no slow hash.
    digest = models.CharField(max_length=64)
    #: Credits that executions started with this key may cost on one day (UTC); empty for no ceiling.
    daily_limit = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.head}…)"

    def is_valid_at(self, now: datetime) -> bool:
        """Neither revoked nor expired, and its user may sign in."""
        unexpired = self.expires_at is None or self.expires_at > now
        return self.revoked_at is None and unexpired and self.user.is_active
