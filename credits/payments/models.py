"""Real money on its way in and back out, as rows with states. Amounts are credits; 1 credit = 1 US cent."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from credits.models import Account, Transaction
from reliability.ids import uuid7


class PaymentKind(models.TextChoices):
    """What the money, or its absence, is for."""

    TOP_UP = "TOP_UP", "Top-up"  #: the user paid on the provider's page
    AUTO_TOP_UP = "AUTO_TOP_UP", "Auto top-up"  #: we charged a saved card
    CARD_CHECK = "CARD_CHECK", "Card check"  #: we made sure that a saved card can be charged; amount 0


class PaymentStatus(models.TextChoices):
    """How far the money is."""

    PENDING = "PENDING", "Pending"
    PAID = "PAID", "Paid"
    FAILED = "FAILED", "Failed"
    EXPIRED = "EXPIRED", "Expired"
    REFUNDED = "REFUNDED", "Refunded"  #: all of it went back
    DISPUTED = "DISPUTED", "Disputed"  #: the card's owner wants it back; the bank decides


#: The money is not there yet, as far as we know. What the provider has been paid later is credited all the same.
UNPAID = (PaymentStatus.PENDING, PaymentStatus.EXPIRED, PaymentStatus.FAILED)
#: The credits were given, whatever came afterwards.
CREDITED = (PaymentStatus.PAID, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED)


class Payment(models.Model):
    """One payment. Only its way from unpaid to PAID makes a row of the ledger, in the same database transaction."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments")
    #: "stripe" or "sandbox".
    provider = models.CharField(max_length=16)
    kind = models.CharField(max_length=12, choices=PaymentKind.choices)
    status = models.CharField(max_length=8, choices=PaymentStatus.choices, default=PaymentStatus.PENDING)
    amount = models.BigIntegerField()
    #: Credits whose money went back.
    refunded_amount = models.BigIntegerField(default=0)
    #: Credits whose money is about to go back, by refunds that are decided and not done.
    refunding_amount = models.BigIntegerField(default=0)
    #: The provider's checkout session, when the user pays on its page.
    checkout_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    checkout_url = models.CharField(max_length=2000, blank=True)
    #: The provider's id of the money itself; known once it was paid.
    intent_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    #: The bank's complaint, while and after it is disputed.
    dispute_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    #: What makes a repeated request recognisable.
    idempotency_key = models.CharField(max_length=300, unique=True)
    #: Why it failed, for people.
    failure = models.CharField(max_length=500, blank=True)
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="payment"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    #: When reconciliation last asked the provider about it.
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(kind="AUTO_TOP_UP", status="PENDING"),
                name="payment_one_auto_top_up_in_flight",
            ),
            models.CheckConstraint(
                condition=Q(kind="CARD_CHECK", amount=0) | (~Q(kind="CARD_CHECK") & Q(amount__gt=0)),
                name="payment_amount_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunding_amount__gte=0)
                & Q(amount__gte=F("refunded_amount") + F("refunding_amount")),
                name="payment_refunded_at_most_paid",
            ),
            models.CheckConstraint(
                condition=Q(status__in=CREDITED, paid_at__isnull=False) | Q(status__in=UNPAID, paid_at__isnull=True),
                name="payment_paid_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=CREDITED) | Q(refunded_amount=0, refunding_amount=0, transaction__isnull=True),
                name="payment_unpaid_has_no_credits",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="PENDING"), name="payment_pending_until"),
            models.Index(fields=["checked_at"], condition=~Q(status="PAID"), name="payment_checked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.status}"

    @property
    def refundable(self) -> int:
        """Credits whose money can still go back."""
        return self.amount - self.refunded_amount - self.refunding_amount


class PaymentEvent(models.Model):
    """One message of the provider, kept before it is acted on. A repeated one is the same row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=120)
    #: What it is about, without what is known of cards and people.
    payload = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    #: When we try again by ourselves; empty for never.
    next_try_at = models.DateTimeField(null=True, blank=True)
    #: What came of it, for people.
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-received_at",)
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="payment_event_unique"),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(handled_at__isnull=True), name="payment_event_due"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class RefundStatus(models.TextChoices):
    """What became of a wish for a refund."""

    PENDING = "PENDING", "Pending"  #: an operator decides
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"  #: by an operator or by the provider


class RefundRequest(models.Model):
    """A user wants money back. At most one a week."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="refund_requests")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refund_requests")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    #: The ISO week it was made in, as YYYY-WW.
    week = models.CharField(max_length=7)
    status = models.CharField(max_length=8, choices=RefundStatus.choices, default=RefundStatus.PENDING)
    #: What came of it, for the user.
    result = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    #: The provider's id of the refund, once it was asked for.
    provider_refund_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    #: The money has gone back, or never will.
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=["account", "week"], name="refund_request_one_a_week"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_request_amount_positive"),
            models.CheckConstraint(
                condition=Q(status="PENDING", decided_at__isnull=True)
                | (~Q(status="PENDING") & Q(decided_at__isnull=False)),
                name="refund_request_decided_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.status}"


class Refund(models.Model):
    """Money of a payment that has gone back, by a refund or by a lost dispute."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    #: The provider's id of the refund or the dispute. It makes it happen once.
    reference = models.CharField(max_length=255, unique=True)
    amount = models.BigIntegerField()
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="refund"
    )
    created_at = models.DateTimeField()
    #: The bank did not take it, so the credits were given back.
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} by {self.reference}"


class Customer(models.Model):
    """Who a user is to a provider: there the cards are kept."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="customers", db_index=False)
    provider = models.CharField(max_length=16)
    customer_id = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "provider"], name="customer_one_per_provider"),
            models.UniqueConstraint(fields=["provider", "customer_id"], name="customer_id_unique"),
        ]

    def __str__(self) -> str:
        return self.customer_id


class AutoTopUp(models.Model):
    """A user's wish to have a saved card charged when the balance is low. Amount 0: no such wish."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="auto_top_up")
    #: Credits below which `amount` credits are bought.
    threshold = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    #: Tries in a row that failed.
    failures = models.PositiveIntegerField(default=0)
    #: Not before this.
    next_try_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=0, amount__gte=0), name="auto_top_up_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.amount} below {self.threshold}"


class SandboxCharge(models.Model):
    """The built-in provider's own record of a payment. No real money is behind it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer_id = models.CharField(max_length=255)
    #: What makes a repeated call recognisable.
    key = models.CharField(max_length=255, unique=True)
    amount = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=PaymentStatus.choices, default=PaymentStatus.PENDING)
    failure = models.CharField(max_length=500, blank=True)
    #: Where the browser goes afterwards; empty when a saved card was charged.
    success_url = models.CharField(max_length=2000, blank=True)
    cancel_url = models.CharField(max_length=2000, blank=True)
    refunded_amount = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("amount")),
                name="sandbox_refunded_at_most_paid",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.status}"


class SandboxRefund(models.Model):
    """The built-in provider's own record of a refund."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    charge = models.ForeignKey(SandboxCharge, on_delete=models.CASCADE, related_name="refunds")
    key = models.CharField(max_length=255, unique=True)
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.amount}"


class SandboxCard(models.Model):
    """A card saved with the built-in provider. It is no card at all."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer_id = models.CharField(max_length=255, db_index=True)
    last4 = models.CharField(max_length=4)
    #: Later charges of this card are declined, to try what happens then.
    declines = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer_id", "last4"], name="sandbox_card_saved_once"),
        ]

    def __str__(self) -> str:
        return f"…{self.last4}"
