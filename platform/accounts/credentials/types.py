"""The kinds of credentials."""

from django.db.models import TextChoices


class CredentialType(TextChoices):
    """The values are those of the AutoGPT Platform."""

    API_KEY = "api_key", "API key"
    OAUTH2 = "oauth2", "OAuth2"
    USER_PASSWORD = "user_password", "User and password"
    HOST_SCOPED = "host_scoped", "Headers for a host"
