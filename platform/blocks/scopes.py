"""Scopes of OAuth2 credentials: which of those that a block needs one lacks. Pure.

A provider may grant less than it was asked for, or something wider that covers it, as its documentation says.
"""

from collections.abc import Iterable, Mapping

_GMAIL = "https://www.googleapis.com/auth/gmail."
_CALENDAR = "https://www.googleapis.com/auth/calendar"
_GMAIL_READ = frozenset({_GMAIL + "readonly", _GMAIL + "metadata"})
_GMAIL_CHANGE = _GMAIL_READ | {_GMAIL + "modify", _GMAIL + "labels", _GMAIL + "compose", _GMAIL + "send"}

#: What a wide scope covers beside itself.
COVERED: Mapping[str, frozenset[str]] = {
    "repo": frozenset(
        {"public_repo", "repo:status", "repo_deployment", "repo:invite", "security_events", "admin:repo_hook"}
        | {"write:repo_hook", "read:repo_hook"}
    ),
    "admin:repo_hook": frozenset({"write:repo_hook", "read:repo_hook"}),
    "write:repo_hook": frozenset({"read:repo_hook"}),
    "user": frozenset({"read:user", "user:email", "user:follow"}),
    "https://mail.google.com/": _GMAIL_CHANGE | {_GMAIL + "insert"},
    _GMAIL + "modify": _GMAIL_CHANGE - {_GMAIL + "modify"},
    _GMAIL + "readonly": frozenset({_GMAIL + "metadata"}),
    _GMAIL + "compose": frozenset({_GMAIL + "send"}),
    _CALENDAR: frozenset({f"{_CALENDAR}.readonly", f"{_CALENDAR}.events", f"{_CALENDAR}.events.readonly"}),
    f"{_CALENDAR}.readonly": frozenset({f"{_CALENDAR}.events.readonly"}),
    f"{_CALENDAR}.events": frozenset({f"{_CALENDAR}.events.readonly"}),
    # All that an account at WordPress.com may do.
    "global": frozenset({"posts", "media", "comments", "taxonomy", "sites", "users", "stats"}),
}


def lacking(needed: Iterable[str], granted: Iterable[str]) -> list[str]:
    """Those that are needed and neither granted nor covered by what is."""
    held = set(granted)
    for scope in list(held):
        held |= COVERED.get(scope, frozenset())
    return sorted(set(needed) - held)
