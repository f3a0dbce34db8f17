"""What can go wrong with users and keys."""

from reliability.errors import InvalidInput, NotFound


class KeyNameInvalid(InvalidInput):
    """The name of an API key needs 1 to 80 characters."""

    code = "key_name_invalid"


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"


class DailyLimitInvalid(InvalidInput):
    """daily_limit must be from 0 to 9007199254740992 credits."""

    code = "daily_limit_invalid"
