"""Wrong keys and tickets, counted by the address that they come from, together with those that the API is sent."""

import time
from hashlib import sha256

from django.conf import settings

from accounts.tickets import PREFIX
from api.buckets import look, take
from api.throttling import GUESSES, ProvenKeys
from realtime.closing import KEY_INVALID, TOO_MANY_GUESSES, Closing
from realtime.visitors import Visitor, visitor_for

_proven = ProvenKeys()


def admitted(proof: str, address: str) -> Visitor | Closing:
    """Whom an API key or a ticket lets in.

    After too many wrong ones from the address no key is looked up, unless it was good here a moment ago. Tickets are,
    which nobody guesses: so who guesses keys does not keep the pages of others at the address away.
    """
    limit, bucket = getattr(settings, GUESSES), f"{GUESSES}:{address}"
    if not limit:
        return visitor_for(proof)
    digest, now = sha256(proof.encode("utf-8", "surrogateescape")).digest(), time.monotonic()
    is_key = not proof.startswith(PREFIX)
    if is_key and not _proven.has(digest, now) and not look(bucket, limit).is_free:
        return TOO_MANY_GUESSES
    found = visitor_for(proof)
    if found is KEY_INVALID:
        _proven.forget(digest)
        take(bucket, limit)
    elif is_key and isinstance(found, Visitor):
        _proven.note(digest, now)
    return found
