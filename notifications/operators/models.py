"""What operators are told, and what became of it."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reliability.ids import uuid7
from reliability.throttle.models import SIGNATURE_CHARACTERS

TITLE_CHARACTERS, TEXT_CHARACTERS, LINK_CHARACTERS, ERROR_CHARACTERS = 200, 4000, 1000, 300


class AlertChannel(models.TextChoices):
    """Whom it concerns."""

    PLATFORM = "PLATFORM", "Platform"  #: those who run the installation
    PRODUCT = "PRODUCT", "Product"  #: those who look after its users


class AlertState(models.TextChoices):
    """Where an alert stands."""

    WAITING = "WAITING", "Waiting"  #: for its turn, or for its next try
    SENT = "SENT", "Sent"
    GIVEN_UP = "GIVEN_UP", "Given up"
    HELD_BACK = "HELD_BACK", "Held back"  #: there were too many in an hour
    KEPT = "KEPT", "Kept"  #: the settings name nobody who is told


class OperatorAlertQuerySet(models.QuerySet["OperatorAlert"]):
    def waiting(self) -> "OperatorAlertQuerySet":
        return self.filter(state=AlertState.WAITING)

    def due(self, now: datetime | None = None) -> "OperatorAlertQuerySet":
        """Those that may go out, that nobody is trying, and whose next try has come. now: not the database's clock."""
        moment = now or Now()
        unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=moment)
        return self.waiting().filter(unclaimed, admitted_at__isnull=False, next_at__lte=moment)


class OperatorAlert(models.Model):
    """Something that operators are to look at. Of one signature no two wait at once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=8, choices=AlertChannel.choices)
    #: What makes it the same as others.
    signature = models.CharField(max_length=SIGNATURE_CHARACTERS)
    title = models.CharField(max_length=TITLE_CHARACTERS)
    text = models.TextField()
    #: To the page that shows it.
    link = models.CharField(max_length=LINK_CHARACTERS, blank=True)
    since = models.DateTimeField()
    #: How many there were, this one and those that were not told.
    count = models.PositiveIntegerField(default=1)
    #: When the throttle has let it through; empty if it was not asked.
    slot_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=AlertState.choices, default=AlertState.WAITING)
    #: Since when it counts among those of its hour.
    admitted_at = models.DateTimeField(null=True, blank=True)
    #: It says how many others were held back, and is not one of those that are counted.
    is_summary = models.BooleanField(default=False)
    #: The one that says that this one was held back.
    summary = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="held_back", db_index=False
    )
    #: Marks of the targets that have taken it.
    taken_by = models.JSONField(default=list)
    #: Tries that have failed since it was last to be sent.
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    #: Until then one process tries it and no other does; who holds an older fence writes nothing.
    claimed_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OperatorAlertQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "signature"], condition=Q(state="WAITING"), name="alert_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="WAITING"), name="alert_waiting"),
            models.Index(fields=["channel", "admitted_at"], name="alert_of_hour"),
            models.Index(
                fields=["channel", "created_at"], condition=Q(state="HELD_BACK", summary=None), name="alert_held_back"
            ),
            models.Index(fields=["created_at"], name="alert_by_age"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def message_id(self) -> str:
        """The same at every try."""
        return f"msg_{self.id.hex}"


class AlertAttempt(models.Model):
    """One try with one target."""

    alert = models.ForeignKey(OperatorAlert, on_delete=models.CASCADE, related_name="attempts")
    #: The way and the host; the rest of the address is a secret.
    target = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    #: Of the answer; none if there was none.
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    #: Why it was not taken.
    error = models.CharField(max_length=ERROR_CHARACTERS, blank=True)

    class Meta:
        ordering = ("alert", "id")

    def __str__(self) -> str:
        return f"{self.target}, {self.started_at:%Y-%m-%d %H:%M:%S}"


class AlertQuota(models.Model):
    """Held while it is decided which alerts of a channel may go out: one process at a time."""

    channel = models.CharField(primary_key=True, max_length=8, choices=AlertChannel.choices)

    def __str__(self) -> str:
        return self.channel


class Watermark(models.Model):
    """What a monitor has seen when it last looked."""

    name = models.CharField(primary_key=True, max_length=40)
    seen = models.JSONField(default=dict)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
