"""What requests were answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models

#: As a status: the row that the request has made keeps what is answered.
KEPT_ELSEWHERE = 0


class KeyedAnswer(models.Model):
    """The answer to a request that came with a key of its client's, so that the same request has one effect only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    #: SHA-256 of method, address and body: tells whether it is the same request.
    digest = models.CharField(max_length=64)
    #: Null while the request is worked on.
    status = models.PositiveSmallIntegerField(null=True)
    #: JSON, sealed.
    body = models.TextField(default="")
    #: Until then nobody else works on the request. Null as well as the status: it has failed, and may have had effects.
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="keyed_answer_once_per_user")]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"

    @property
    def has_failed(self) -> bool:
        return self.status is None and self.claimed_until is None
