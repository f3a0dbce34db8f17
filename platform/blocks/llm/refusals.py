"""Saying in our own words what went wrong at a provider, without ever showing the key."""

import re
from urllib.parse import urlsplit, urlunsplit

import openai

from blocks.errors import BlockError
from reliability.errors import SluiceError, Unavailable

#: Characters of the provider's own words in an error.
SHOWN = 300
PAYMENT_REQUIRED = 402

_NO_CREDIT_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_UNKNOWN_MODEL = re.compile(
    r"model_not_found|model_decommissioned|not a valid model"
    r"|model\b.*\b(not found|not exist|decommissioned|deprecated)",
    re.IGNORECASE | re.DOTALL,
)


def explained(error: Exception, *, base_url: str, api_key: str, model: str, is_own_key: bool = False) -> SluiceError:
    """BlockError for what the provider refuses, Unavailable for what may go better another time.

    is_own_key: the key is the user's, not that of the installation.
    """
    server = shown_url(base_url)
    if isinstance(error, openai.APITimeoutError):
        return Unavailable(f"{server} did not answer in time.")
    if isinstance(error, openai.APIConnectionError):
        return Unavailable(f"{server} cannot be reached.")
    if isinstance(error, openai.APIStatusError):
        whose = "of yours" if is_own_key else "of this installation"
        return _refused(error, server, _without_key(_words(error), api_key), model, whose)
    return Unavailable(f"{server} did not answer in the form of OpenAI's interface.")


def shown_url(base_url: str) -> str:
    """The address without a name, password or query that may be part of it."""
    parts = urlsplit(base_url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _refused(error: openai.APIStatusError, server: str, words: str, model: str, whose: str) -> SluiceError:
    status = error.status_code
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return BlockError(f"{server} refused the key {whose} or its use for the model {model}.")
    if status == PAYMENT_REQUIRED or error.code in _NO_CREDIT_CODES:
        return BlockError(f"The account {whose} at {server} has no credit left.")
    if isinstance(error, openai.NotFoundError) or _UNKNOWN_MODEL.search(f"{error.code} {words}"):
        return BlockError(f"The model {model} may have been deprecated or is not offered by {server}.")
    if isinstance(error, openai.RateLimitError):
        return Unavailable(f"{server} has too many requests at the moment.{_again(error)}")
    if isinstance(error, openai.InternalServerError | openai.ConflictError):
        return Unavailable(f"{server} has trouble at the moment (status {status}).")
    return BlockError(f"{server} refused the request (status {status}): {words}")


def _again(error: openai.APIStatusError) -> str:
    """When the provider wants to be asked again, if it says so in seconds and that is longer than our client waits."""
    seconds = error.response.headers.get("retry-after", "")
    return f" It may be asked again in {seconds[:9]} seconds." if seconds.isdecimal() else ""


def _words(error: openai.APIStatusError) -> str:
    body = error.body
    message = body.get("message") if isinstance(body, dict) else body
    return str(message or "no reason given")


def _without_key(words: str, api_key: str) -> str:
    return (words.replace(api_key, "[key]") if api_key else words)[:SHOWN]
