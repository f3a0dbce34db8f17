"""What users are told, whom, and what became of it."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.credentials.sealed import SealedField
from accounts.wishes import NotificationType
from graphs.models import Graph
from notifications.kinds import Kind
from notifications.messages.contacts import Contact
from notifications.messages.repeats import Repeat
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "ANSWER_BYTES",
    "TROUBLE_CHARACTERS",
    "URL_CHARACTERS",
    "Attempt",
    "Channel",
    "Contact",
    "Delivery",
    "DeliveryStatus",
    "Endpoint",
    "EndpointSecret",
    "Notice",
    "Repeat",
    "message_id",
]

URL_CHARACTERS = 2000
TROUBLE_CHARACTERS = 300
#: Of an answer, what is kept.
ANSWER_BYTES = 1024


class Notice(models.Model):
    """Something that a user is to be told. Its row is written in the transaction of what it tells.

    Those of executions are written by a trigger (`notifications.outbox`).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(
        max_length=40, choices=[*Kind.choices, *((str(type), str(type)) for type in NotificationType)]
    )
    #: The execution that it is about. No foreign key, for the log outlives it.
    execution_id = models.UUIDField(null=True, blank=True)
    #: What happened, so that it is told once.
    key = models.CharField(max_length=200, unique=True)
    happened_at = models.DateTimeField()
    #: When it was decided who is told; until then nobody is.
    spread_at = models.DateTimeField(null=True, blank=True)
    #: Of types of `NotificationType`, what they say: see `notifications.messages.data`.
    data = models.JSONField(default=dict, blank=True)
    #: Whether its user finds it in the list, and since when it is read.
    is_listed = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    #: Until then it waits for others of its kind, to go out with them.
    gathers_until = models.DateTimeField(null=True, blank=True)
    #: The notice that it goes out with.
    digest = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="gathered", db_index=False
    )

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=["id"], condition=Q(spread_at=None), name="notice_to_spread"),
            models.Index(fields=["happened_at"], name="notice_by_age"),
            models.Index(fields=["user", "-happened_at", "-id"], condition=Q(is_listed=True), name="notice_listed"),
            models.Index(fields=["gathers_until"], condition=Q(gathers_until__isnull=False), name="notice_gathering"),
            models.Index(fields=["digest"], condition=Q(digest__isnull=False), name="notice_of_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def for_user(self, user: "User") -> "EndpointQuerySet":
        return self.filter(user=user)

    def locked(self, endpoint_id: UUID | None) -> "Endpoint | None":
        """Held to the end of the transaction. Who holds an endpoint and its deliveries takes the endpoint first."""
        return None if endpoint_id is None else self.select_for_update().filter(id=endpoint_id).first()


class Endpoint(models.Model):
    """An address of a user's that is told of their executions. Its `secrets` sign what is sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="endpoints", db_index=False
    )
    #: The only graph that it is told of; none for all.
    graph = models.ForeignKey(Graph, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    #: May hold a secret of its owner's.
    url = models.CharField(max_length=URL_CHARACTERS)
    #: Kinds that it is told of.
    kinds = models.JSONField(default=list)
    is_enabled = models.BooleanField(default=True)
    #: Why it was switched off, if its owner has not done so.
    trouble = models.CharField(max_length=TROUBLE_CHARACTERS, blank=True)
    #: When its failures began, and the newest; since then it has taken nothing.
    failing_since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["user", "-created_at"], name="endpoint_of_user"),
            models.Index(fields=["user"], condition=Q(is_enabled=True), name="endpoint_enabled"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class EndpointSecret(models.Model):
    """What signs the deliveries of an endpoint. After a change the former one signs beside the new one for a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = SealedField(owner="endpoint-secret")
    #: None: it is the newest.
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return str(self.id)


class Channel(models.TextChoices):
    WEBHOOK = "WEBHOOK", "Webhook"
    EMAIL = "EMAIL", "E-mail"
    DISCORD = "DISCORD", "Discord"
    SLACK = "SLACK", "Slack"


class DeliveryStatus(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "WAITING", "Waiting"  #: for its next try, or for its endpoint to be switched on
    DELIVERED = "DELIVERED", "Delivered"
    GIVEN_UP = "GIVEN_UP", "Given up"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime | None = None) -> "DeliveryQuerySet":
        """Those that nobody is trying and whose next try has come, on the database's clock unless another is given."""
        moment = now or Now()
        unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=moment)
        return self.filter(unclaimed, status=DeliveryStatus.WAITING, next_at__lte=moment)

    def waiting(self) -> "DeliveryQuerySet":
        return self.filter(status=DeliveryStatus.WAITING)


class Delivery(models.Model):
    """A notice on its way to one recipient."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    #: Within the channel: the endpoint's id, the e-mail address, the contact's id.
    recipient = models.CharField(max_length=320)
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries", db_index=False
    )
    status = models.CharField(max_length=12, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    #: Tries that have failed since it was last to be sent.
    tries = models.PositiveSmallIntegerField(default=0)
    #: None while its endpoint is off, and when it is no longer waiting.
    next_at = models.DateTimeField(null=True, blank=True)
    #: Until then one process tries it and no other does; who holds an older fence writes nothing.
    claimed_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    #: The day of its user whose mails it is counted among.
    counted_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel", "recipient"], name="delivery_once"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="WAITING"), name="delivery_due"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="delivery_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    @property
    def message_id(self) -> str:
        """The same at every try."""
        return message_id(self.id)


class Attempt(models.Model):
    """One try of a delivery."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    #: 1, 2, 3 …
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    #: Of the answer; none if there was none.
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    #: The beginning of the answer.
    answer = models.TextField(blank=True)
    #: Why it was not taken.
    error = models.CharField(max_length=TROUBLE_CHARACTERS, blank=True)

    class Meta:
        ordering = ("delivery", "number")
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_unique")]

    def __str__(self) -> str:
        return f"#{self.number}"


def message_id(delivery_id: UUID) -> str:
    return f"msg_{delivery_id.hex}"
