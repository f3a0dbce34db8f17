"""The header `Idempotency-Key`: a request that comes again has no second effect, and gets the first answer.

Only good answers are kept. A request that was refused or failed has left nothing behind, and may be sent again.
Keys belong to their user. Those with which executions and payments are started live in the rows of these.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import AnswerLost, InFlight, KeyInvalid, KeyReused
from api.fingerprints import request_digest
from api.models import KeyedAnswer
from api.sealing import seal, unseal

HEADER = "Idempotency-Key"
#: Says of an answer that nothing was done for it this time.
REPLAYED = "Idempotent-Replayed"
CHARACTERS = 255
#: How long a claimed request may take before its key may be claimed again.
CLAIM_TIME = timedelta(minutes=5)
RETRY_SECONDS = 1

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
    digest = request_digest(request)
    with transaction.atomic():
        _lock(request, key)
        if (before := _stored(request, key, digest)) is not None:
            return _again(before)
        response = handler(request, *args, **kwargs)
        if _is_good(response):
            KeyedAnswer.objects.create(user_id=_user_id(request), key=key, digest=digest, **_kept(response))
        else:
            transaction.set_rollback(True)
        return response


def answer_once_after_claim(handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Claim the key, handle the request outside a transaction, keep its answer.

    After a crash in between the key may be claimed again: the effect must carry a key of its own to the outside.
    Raises InFlight, KeyReused and AnswerLost.
    """
    digest = request_digest(request)
    claim = _claimed(request, key, digest)
    if claim.status is not None:
        return _again(claim)
    response = None
    try:
        response = handler(request, *args, **kwargs)
    finally:
        if response is not None and _is_good(response):
            _mine(claim).update(**_kept(response), claimed_until=None)
        else:
            _mine(claim).delete()
    return response


def forget_answers(*, now: datetime) -> int:
    """Delete what is older than IDEMPOTENCY_KEY_DAYS. How many that were."""
    return KeyedAnswer.objects.filter(created_at__lt=now - timedelta(days=settings.IDEMPOTENCY_KEY_DAYS)).delete()[0]


def _claimed(request: Request, key: str, digest: str) -> KeyedAnswer:
    now = timezone.now()
    with transaction.atomic():
        _lock(request, key)
        before = _stored(request, key, digest)
        if before is None:
            return KeyedAnswer.objects.create(
                user_id=_user_id(request), key=key, digest=digest, claimed_until=now + CLAIM_TIME
            )
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


def _stored(request: Request, key: str, digest: str) -> KeyedAnswer | None:
    before = KeyedAnswer.objects.filter(user_id=_user_id(request), key=key).first()
    if before is not None and before.digest != digest:
        raise KeyReused(f"The key {key} was sent with another request before.", key=key)
    return before


def _lock(request: Request, key: str) -> None:
    """Hold the key until the end of the transaction. With SQLite the transaction itself does: it is the only one."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{request.user.pk}:{key}"])
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
