"""What can go wrong with users and keys."""

from reliability.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable


class KeyNameInvalid(InvalidInput):
    """The name of an API key needs 1 to 80 characters."""

    code = "key_name_invalid"


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"


class DailyLimitInvalid(InvalidInput):
    """daily_limit must be from 0 to 9007199254740992 credits."""

    code = "daily_limit_invalid"


class ScopesInvalid(InvalidInput):
    """There is no such scope."""

    # data["fields"]: {"permissions": message}
    code = "scopes_invalid"


class ExpiryInvalid(InvalidInput):
    """A key's expiry must be no later than that of the key that makes it."""

    code = "expiry_invalid"


class TooManyKeys(NotAllowed):
    """The user has as many API keys as one may have (API_KEYS_PER_USER_MAX): revoke one first."""

    code = "too_many_keys"


class KeyMayNotMakeKeys(NotAllowed):
    """A key with a daily limit cannot make keys: together they could spend more than it may."""

    code = "key_may_not_make_keys"


class KeyRevoked(Conflict):
    """This API key is revoked, and stays so."""

    code = "key_revoked"


class KeyLocked(NotAllowed):
    """An operator has suspended this API key, and only an operator can resume it."""

    code = "key_locked"


class TimezoneInvalid(InvalidInput):
    """There is no such time zone; a good one is Europe/Berlin."""

    code = "timezone_invalid"


class EmailInvalid(InvalidInput):
    """This is no e-mail address that the account can have."""

    code = "email_invalid"


class EmailTaken(Conflict):
    """Another account has this e-mail address by now."""

    code = "email_taken"


class LinkInvalid(InvalidInput):
    """This link has expired, is used up, or belongs to somebody else."""

    code = "link_invalid"


class TooManyTries(NotAllowed):
    """Too many tries: wait for a while, then try again."""

    # data: retry_after
    code = "too_many_tries"
    http_status = 429
    retryable = True


class SecondFactorRequired(NotAllowed):
    """Staff need a second factor: set it up on your account's page."""

    code = "second_factor_required"


class MailUnavailable(Unavailable):
    """The mail could not be sent: try again later."""

    code = "mail_unavailable"
