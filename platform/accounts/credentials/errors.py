"""What can go wrong with credentials."""

from reliability.errors import InvalidInput, NotAllowed, NotFound, SluiceError


class CredentialNotFound(NotFound):
    """There is no such credential."""

    code = "credential_not_found"


class CredentialInvalid(InvalidInput):
    """The credential is not a good one."""

    # data["fields"]: {field: message}
    code = "credential_invalid"


class TooManyCredentials(NotAllowed):
    """The user has as many credentials as one may have."""

    code = "too_many_credentials"


class SystemCredential(NotAllowed):
    """This credential belongs to the installation; only its operator may change it."""

    code = "system_credential"


class KeyInvalid(SluiceError):
    """CREDENTIAL_KEYS must hold Fernet keys: 32 bytes as URL-safe base64."""

    code = "key_invalid"


class SecretUnreadable(SluiceError):
    """A stored secret cannot be read with CREDENTIAL_KEYS."""

    code = "secret_unreadable"


class SignInAgain(NotAllowed):
    """The provider accepts this credential no longer: sign in there again."""

    code = "sign_in_again"


class CredentialExpired(NotAllowed):
    """This credential has expired: store a new one."""

    code = "credential_expired"


class ProviderUnknown(NotFound):
    """One cannot sign in at this provider."""

    code = "provider_unknown"


class ProviderNotSetUp(SluiceError):
    """This installation is not registered at the provider."""

    code = "provider_not_set_up"
    http_status = 501


class StateInvalid(InvalidInput):
    """This sign-in has expired, is used up, or was begun by somebody else: begin it again."""

    code = "state_invalid"


class ProviderRefused(InvalidInput):
    """The provider refused."""

    code = "provider_refused"
