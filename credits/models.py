"""Credit accounts and their ledger. Whole credits; 1 credit = 1 US cent. See docs/decisions/0005."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reliability.ids import uuid7


class TransactionType(models.TextChoices):
    """Why a balance changed."""

    TOP_UP = "TOP_UP", "Top-up"  #: real money came in
    USAGE = "USAGE", "Usage"  #: a node execution was charged
    GRANT = "GRANT", "Grant"  #: given for free
    REFUND = "REFUND", "Refund"  #: real money went back
    CARD_CHECK = "CARD_CHECK", "Card check"  #: a card was validated; amount 0
    ADJUSTMENT = "ADJUSTMENT", "Adjustment"  #: a correction by an operator


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
    #: The seq of the newest transaction.
    last_seq = models.BigIntegerField(default=0)
    low_balance_threshold = models.BigIntegerField(default=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=F("held") - F("overdraft")), name="account_not_overdrawn"),
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held_not_negative"),
            models.CheckConstraint(condition=Q(overdraft__gte=0), name="account_overdraft_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.balance} credits"

    @property
    def available(self) -> int:
        """What can still be spent: the balance, less what is held, plus the overdraft."""
        return self.balance - self.held + self.overdraft


class Transaction(models.Model):
    """One immutable change of one balance. The database itself refuses to change or delete it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transactions")
    #: 1, 2, 3 … per account, without gaps.
    seq = models.BigIntegerField()
    type = models.CharField(max_length=16, choices=TransactionType.choices)
    #: Credits; negative takes, positive gives.
    amount = models.BigIntegerField()
    #: The balance after this transaction.
    running_balance = models.BigIntegerField()
    #: What makes a repetition recognisable, e.g. "node-execution:<id>".
    key = models.CharField(max_length=200)
    #: What it is about, for people and joins: {"execution": …, "node_execution": …, "block": …}.
    reference = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    #: The person who did it, when it was a person.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("account", "-seq")
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="transaction_seq_unique"),
            models.UniqueConstraint(fields=["account", "key"], name="transaction_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.amount:+d}"
