"""The header `Idempotency-Key`: a request that comes again has no second effect, and gets the first answer.

Only good answers are kept. A request that was refused or failed may be sent again, and so may another with its key.
Keys belong to their user. Those with which executions and payments are started live in the rows of these, too.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import AnswerLost, InFlight, KeyInvalid, KeyReused
from api.fingerprints import request_digest
from api.models import KEPT_ELSEWHERE, KeyedAnswer
from api.sealing import seal, unseal
from reliability.errors import SluiceError
from reliability.ids import uuid7

HEADER = "Idempotency-Key"
#: Says of an answer that nothing was done for it this time.
REPLAYED = "Idempotent-Replayed"
CHARACTERS = 255
#: How long a claimed request may take before its key may be claimed again.
CLAIM_TIME = timedelta(minutes=5)
RETRY_SECONDS = 1
#: What handlers raise who know that there is nothing to find again.
REFUSALS = (SluiceError, APIException, Http404, PermissionDenied)

Handler = Callable[..., Response]


def client_key(request: Request) -> str | None:
    """The key of a request. Raises KeyInvalid."""
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= CHARACTERS and key.isprintable()):
        message = f"The key must have from 1 to {CHARACTERS} printable characters."
        raise KeyInvalid(f"{HEADER}: {message}", fields={HEADER: message})
    return key


def answer_once(handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Handle a request and keep its answer, both in one transaction. Raises InFlight, KeyReused and AnswerLost."""
    user_id, digest = _user_id(request), request_digest(request)
    with transaction.atomic():
        _lock(user_id, key)
        if (before := _stored(user_id, key, digest)) is not None:
            return _again(before)
        response = handler(request, *args, **kwargs)
        if _is_good(response):
            KeyedAnswer.objects.create(user_id=user_id, key=key, digest=digest, **_kept(response))
        else:
            transaction.set_rollback(True)
        return response


def answer_once_after_claim(handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Claim the key, handle the request outside a transaction, keep its answer.

    After a crash or a fault in between, the same request may claim the key again. So what is made here must have the
    id that `id_to_make` gives, and an effect on others a key of its own.
    Raises InFlight, KeyReused and AnswerLost.
    """
    claim = _claimed(_user_id(request), key, request_digest(request))
    if claim.status is not None:
        return _again(claim)
    try:
        response = handler(request, *args, **kwargs)
    except REFUSALS:
        _mine(claim).delete()
        raise
    except BaseException:
        _mine(claim).update(claimed_until=None)
        raise
    if _is_good(response):
        _mine(claim).update(**_kept(response), claimed_until=None)
    else:
        _mine(claim).delete()
    return response


def id_to_make(request: Request) -> UUID:
    """The id of what a claimed request makes: the same as at its last try, which may have made it already."""
    user_id, key = _user_id(request), client_key(request)
    claim = None if key is None else KeyedAnswer.objects.filter(user_id=user_id, key=key).first()
    return uuid7() if claim is None else uuid5(user_id, f"claim:{claim.pk}")


def note_key(user_id: UUID, key: str, *, digest: str) -> None:
    """Note which request a key belongs to, where the row that it makes keeps the rest, in the transaction of that row.

    Raises InFlight and KeyReused.
    """
    _lock(user_id, key)
    if _stored(user_id, key, digest) is None:
        KeyedAnswer.objects.create(user_id=user_id, key=key, digest=digest, status=KEPT_ELSEWHERE)


def forget_answers(*, now: datetime) -> int:
    """Delete what is older than IDEMPOTENCY_KEY_DAYS. How many that were."""
    return KeyedAnswer.objects.filter(created_at__lt=now - timedelta(days=settings.IDEMPOTENCY_KEY_DAYS)).delete()[0]


def _claimed(user_id: UUID, key: str, digest: str) -> KeyedAnswer:
    now = timezone.now()
    with transaction.atomic():
        _lock(user_id, key)
        before = _stored(user_id, key, digest)
        if before is None:
            return KeyedAnswer.objects.create(user_id=user_id, key=key, digest=digest, claimed_until=now + CLAIM_TIME)
        if before.status is None:
            if before.claimed_until is not None and before.claimed_until > now:
                raise InFlight(key=key, retry_after=RETRY_SECONDS)
            before.claimed_until = now + CLAIM_TIME
            before.save(update_fields=["claimed_until"])
        return before


def _user_id(request: Request) -> UUID:
    """Whoever asks is known here: a view asks it of them before."""
    return cast(UUID, request.user.pk)


def _mine(claim: KeyedAnswer) -> Any:
    """The claim, unless somebody else has taken it over meanwhile."""
    return KeyedAnswer.objects.filter(pk=claim.pk, status=None, claimed_until=claim.claimed_until)


def _stored(user_id: UUID, key: str, digest: str) -> KeyedAnswer | None:
    """What is known of the key. What has failed gives it up to another request. Raises KeyReused."""
    before = KeyedAnswer.objects.filter(user_id=user_id, key=key).first()
    if before is None or before.digest == digest:
        return before
    if not before.has_failed:
        raise KeyReused(f"The key {key} was sent with another request before.", key=key)
    before.delete()
    return None


def _lock(user_id: UUID, key: str) -> None:
    """Hold the key until the end of the transaction. With SQLite the transaction itself does: it is the only one."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{user_id}:{key}"])
        if not cursor.fetchone()[0]:
            raise InFlight(key=key, retry_after=RETRY_SECONDS)


def _again(stored: KeyedAnswer) -> Response:
    text = unseal(stored.body)
    if text is None:
        raise AnswerLost(key=stored.key)
    answer = Response(json.loads(text) if text else None, status=stored.status)
    answer[REPLAYED] = "true"
    answer["Cache-Control"] = "no-store"  # some show a secret
    return answer


def _is_good(response: Response) -> bool:
    return response.status_code < 400


def _kept(response: Response) -> dict[str, Any]:
    return {"status": response.status_code, "body": seal(JSONRenderer().render(response.data).decode())}
