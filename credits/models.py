"""Credit accounts, their ledger, what is set aside. Whole credits; 1 credit = 1 US cent. See docs/decisions/0005."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT

from accounts.models import ApiKey
from reliability.ids import uuid7


class TransactionType(models.TextChoices):
    """Why a balance changed."""

    TOP_UP = "TOP_UP", "Top-up"  #: real money came in
    USAGE = "USAGE", "Usage"  #: a node execution was charged
    GRANT = "GRANT", "Grant"  #: given for free
    REFUND = "REFUND", "Refund"  #: real money went back
    CARD_CHECK = "CARD_CHECK", "Card check"  #: a card was validated; amount 0
    ADJUSTMENT = "ADJUSTMENT", "Adjustment"  #: a correction by an operator


class HoldStatus(models.TextChoices):
    """What became of credits that were set aside."""

    OPEN = "OPEN", "Open"
    SETTLED = "SETTLED", "Settled"  #: the true cost was charged
    RELEASED = "RELEASED", "Released"  #: nothing was charged
    EXPIRED = "EXPIRED", "Expired"  #: nobody settled it in time


class Account(models.Model):
    """A user's credits. Made together with the user, never later."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credit_account")
    #: Credits; always the running balance of the newest transaction.
    balance = models.BigIntegerField(default=0)
    #: Credits set aside by open holds.
    held = models.BigIntegerField(default=0)
    #: Credits the balance may fall below zero.
    overdraft = models.BigIntegerField(default=0)
    #: Credits by which refunds have taken the account below its overdraft; it shrinks as credits come in.
    debt = models.BigIntegerField(default=0)
    #: The seq of the newest transaction.
    last_seq = models.BigIntegerField(default=0)
    low_balance_threshold = models.BigIntegerField(default=500)

    #: Credits that may be spent on one day (UTC); empty for no ceiling.
    daily_limit = models.BigIntegerField(null=True, blank=True)
    #: The day that `spent_today` is about.
    spent_on = models.DateField(null=True, blank=True)
    #: Credits spent or set aside on that day.
    spent_today = models.BigIntegerField(default=0)

    #: How many node executions were counted, and up to which of them the execution fee is charged.
    node_executions = models.BigIntegerField(default=0)
    fee_charged_to = models.BigIntegerField(default=0)

    #: The month for which the monthly refill was looked at, as its first day.
    refilled_for = models.DateField(null=True, blank=True)
    #: While set, nothing can be spent.
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(balance__gte=F("held") - F("overdraft") - F("debt")), name="account_not_overdrawn"
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held_not_negative"),
            models.CheckConstraint(condition=Q(overdraft__gte=0), name="account_overdraft_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="account_debt_not_negative"),
            models.CheckConstraint(condition=Q(spent_today__gte=0), name="account_spent_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.balance} credits"

    @property
    def available(self) -> int:
        """What can still be spent: the balance, less what is held, plus the overdraft. Below zero in debt."""
        return self.balance - self.held + self.overdraft


class Transaction(models.Model):
    """One immutable change of one balance. The database itself refuses to change or delete it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    #: 1, 2, 3 … per account, without gaps.
    seq = models.BigIntegerField()
    type = models.CharField(max_length=16, choices=TransactionType.choices)
    #: Credits; negative takes, positive gives.
    amount = models.BigIntegerField()
    #: The balance after this transaction.
    running_balance = models.BigIntegerField()
    #: What makes a repetition recognisable, e.g. "node-execution:<id>".
    key = models.CharField(max_length=200)
    #: What it is about, for people and joins: {"execution", "node_execution", "graph", "block", "model": …}.
    reference = models.JSONField(default=dict, blank=True)
    #: Parts of `reference`, kept by the database for joins and filters.
    execution = models.GeneratedField(
        expression=KT("reference__execution"), output_field=models.TextField(null=True), db_persist=True
    )
    graph = models.GeneratedField(
        expression=KT("reference__graph"), output_field=models.TextField(null=True), db_persist=True
    )
    block = models.GeneratedField(
        expression=KT("reference__block"), output_field=models.TextField(null=True), db_persist=True
    )
    reason = models.CharField(max_length=500, blank=True)
    #: The person who did it, when it was a person.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: The transaction that this one takes back.
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("account", "-seq")
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="transaction_seq_unique"),
            models.UniqueConstraint(fields=["account", "key"], name="transaction_key_unique"),
            models.CheckConstraint(
                condition=Q(type="ADJUSTMENT")
                | Q(reverses__isnull=False)
                | Q(type__in=("TOP_UP", "GRANT"), amount__gt=0)
                | Q(type__in=("USAGE", "REFUND"), amount__lt=0)
                | Q(type="CARD_CHECK", amount=0),
                name="transaction_sign_fits_type",
            ),
        ]
        indexes = [
            models.Index(fields=["execution"], condition=Q(execution__isnull=False), name="transaction_of_execution"),
            models.Index(fields=["created_at"], name="transaction_created"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.amount:+d}"


class Hold(models.Model):
    """Credits set aside for a cost that is known only afterwards. It ends settled, released or expired."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds", db_index=False)
    #: E.g. "node-execution:<id>:hold".
    key = models.CharField(max_length=200)
    #: Credits set aside, > 0.
    amount = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=HoldStatus.choices, default=HoldStatus.OPEN)
    #: Credits it really cost; empty until it is settled.
    cost = models.BigIntegerField(null=True, blank=True)
    #: Credits of that cost that neither the balance nor the overdraft could cover.
    uncovered = models.BigIntegerField(default=0)
    #: The root execution that it is for. No hold outlives its execution.
    execution_id = models.UUIDField(null=True, blank=True)
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reference = models.JSONField(default=dict, blank=True)
    #: The price it is settled by, as it was when the node started.
    metadata = models.JSONField(default=dict, blank=True)
    #: The transaction that settled it; none for a cost of 0.
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="hold_key_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(status="SETTLED", cost__gte=0) | (~Q(status="SETTLED") & Q(cost__isnull=True)),
                name="hold_cost_when_settled",
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", closed_at__isnull=True) | (~Q(status="OPEN") & Q(closed_at__isnull=False)),
                name="hold_closed_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["execution_id"], condition=Q(status="OPEN"), name="hold_open_of_execution"),
            models.Index(fields=["expires_at"], condition=Q(status="OPEN"), name="hold_open_until"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.status}"


class KeyDay(models.Model):
    """What one API key has spent or set aside on one day (UTC)."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    spent = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "day"], name="key_day_unique"),
            models.CheckConstraint(condition=Q(spent__gte=0), name="key_day_spent_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.spent}"


class Shortage(models.Model):
    """A user's graph has run out of credits, and its owner was told. It goes when credits come in."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="shortages", db_index=False)
    #: Empty for what no graph caused.
    graph = models.CharField(max_length=36, blank=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "graph"], name="shortage_unique")]

    def __str__(self) -> str:
        return f"{self.graph} at {self.told_at}"


class Code(models.Model):
    """A code that gives credits to whoever redeems it, once each. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: SHA-256 of the code: 80 random bits need no slow hash.
    digest = models.CharField(max_length=64, unique=True)
    #: The last characters, by which people tell codes apart.
    tail = models.CharField(max_length=4)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    #: How many users may redeem it, and how many have.
    most_redemptions = models.PositiveIntegerField(default=1)
    redemptions = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="code_amount_positive"),
            models.CheckConstraint(
                condition=Q(redemptions__lte=F("most_redemptions")), name="code_redemptions_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.tail}"


class NoteKind(models.TextChoices):
    """What was done to an account that is no transaction."""

    FREEZE = "FREEZE", "Frozen"
    UNFREEZE = "UNFREEZE", "Unfrozen"
    LIMITS = "LIMITS", "Limits changed"


class AccountNote(models.Model):
    """Who has frozen, unfrozen or limited an account, and why. Only ever added to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=NoteKind.choices)
    reason = models.CharField(max_length=500)
    #: What has changed: `{field: [before, after]}`.
    changes = models.JSONField(default=dict, blank=True)
    #: The person who did it; empty for the audit.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class Spending(Transaction):
    """The ledger once more, for the admin's page of that name and the permission to see it."""

    class Meta:
        proxy = True
        verbose_name = "spending"
        verbose_name_plural = "spending"
