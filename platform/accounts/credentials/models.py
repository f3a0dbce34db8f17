"""Stored credentials, and sign-ins at providers that have begun."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.credentials.sealed import SealedField
from accounts.credentials.types import CredentialType
from reliability.ids import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.models import User

TITLE_CHARACTERS = 100
PROVIDER_CHARACTERS = 50
USERNAME_CHARACTERS = 200


class CredentialQuerySet(models.QuerySet["StoredCredential"]):
    def for_user(self, user: "User") -> "CredentialQuerySet":
        """Those that are this user's own."""
        return self.filter(user=user)

    def usable_by(self, user_id: "UUID") -> "CredentialQuerySet":
        """The user's own, and those of the installation."""
        return self.filter(Q(user_id=user_id) | Q(user=None))

    def of_the_installation(self) -> "CredentialQuerySet":
        return self.filter(user=None)


class StoredCredential(models.Model):
    """One credential. Only `sealed` holds anything secret; all else may be shown to who may use it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: Empty: it is the operator's, all users may use it, and what it is used for costs credits.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="credentials"
    )
    #: As blocks name it, in lower case.
    provider = models.CharField(max_length=PROVIDER_CHARACTERS)
    type = models.CharField(max_length=20, choices=CredentialType)
    title = models.CharField(max_length=TITLE_CHARACTERS, blank=True)
    #: Of a password, or of the account at the provider.
    username = models.CharField(max_length=USERNAME_CHARACTERS, blank=True)
    #: The secrets: see `accounts.credentials.contents`.
    sealed = SealedField(owner="credential")
    #: Of OAuth2, those that were granted.
    scopes = models.JSONField(default=list, blank=True)
    #: The only ones that it may be sent to; empty for the provider's own. `*.example.org` stands for all below.
    hosts = models.JSONField(default=list, blank=True)
    #: Of OAuth2, the end of the access token, which is renewed before.
    expires_at = models.DateTimeField(null=True, blank=True)
    #: Until then one process renews it, and no other does.
    renewing_until = models.DateTimeField(null=True, blank=True, editable=False)
    #: When its provider refused to renew it; its owner must sign in again.
    refused_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "credential"
        indexes = [models.Index(fields=["user", "provider"], name="credential_of_user")]

    def __str__(self) -> str:
        return self.title or self.provider

    @property
    def is_system(self) -> bool:
        """Whether it belongs to the installation."""
        return self.user_id is None

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class OAuthState(models.Model):
    """A sign-in that has begun. It is deleted when it is used, so it is used once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=PROVIDER_CHARACTERS)
    #: SHA-256 of the token that goes through the browser.
    digest = models.CharField(max_length=64, unique=True)
    #: The PKCE verifier.
    sealed = SealedField(owner="oauth-state")
    scopes = models.JSONField(default=list)
    #: Where the provider sends the browser back to; the exchange must name the same.
    callback_url = models.CharField(max_length=2000)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.provider} for {self.user_id}"
