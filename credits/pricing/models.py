"""Prices and their history. Rows are never changed: each change is a further version, and the highest is in force."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from credits.pricing.published import MODEL_NAME_LENGTH
from credits.pricing.rates import Rates
from reliability.ids import uuid7

REASON_MAX_LENGTH = 500


class Origin(models.TextChoices):
    """Who has set a price."""

    BLOCK = "BLOCK", "The block's own"  #: as its class declares it
    OPERATOR = "OPERATOR", "An operator's"


class PriceVersionQuerySet(models.QuerySet["PriceVersion"]):
    def in_force(self) -> "PriceVersionQuerySet":
        """The highest version of each block."""
        later = PriceVersion.objects.filter(block_id=OuterRef("block_id"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))

    def of(self, block_id: str) -> "PriceVersionQuerySet":
        """Newest first."""
        return self.filter(block_id=block_id).order_by("-version")


class PriceVersion(models.Model):
    """What a block costs, from one change to the next."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    block_id = models.CharField("block id", max_length=36)
    block_name = models.CharField("block", max_length=200)
    #: 1, 2, 3 … for each block.
    version = models.PositiveIntegerField()
    #: `[{"amount": credits, "type": …, "filter": {input: value}, "divisor": …, "hold": credits}]`; the first that
    #: matches counts. An empty list: the block is free.
    rules = models.JSONField(default=list, blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=REASON_MAX_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PriceVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "price of a block"
        verbose_name_plural = "prices of blocks"
        ordering = ("block_name", "-version")
        constraints = [models.UniqueConstraint(fields=["block_id", "version"], name="price_version_unique")]

    def __str__(self) -> str:
        return f"{self.block_name}, version {self.version}"


class ModelPriceQuerySet(models.QuerySet["ModelPrice"]):
    def in_force(self) -> "ModelPriceQuerySet":
        """The highest version of each model."""
        later = ModelPrice.objects.filter(model=OuterRef("model"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))

    def of(self, model: str) -> "ModelPriceQuerySet":
        """Newest first."""
        return self.filter(model=model).order_by("-version")


class ModelPrice(models.Model):
    """What a model costs by an operator's word, in place of its published price; the margin comes on top of both."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: As blocks name it, in small letters.
    model = models.CharField(max_length=MODEL_NAME_LENGTH)
    #: 1, 2, 3 … for each model.
    version = models.PositiveIntegerField()
    #: Micro-dollars for a million tokens: $2.50 is 2500000. All three empty: the published price holds again.
    input_price = models.BigIntegerField(null=True, blank=True)
    cached_input_price = models.BigIntegerField(null=True, blank=True)
    output_price = models.BigIntegerField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=REASON_MAX_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelPriceQuerySet.as_manager()

    class Meta:
        verbose_name = "model price"
        ordering = ("model", "-version")
        constraints = [
            models.UniqueConstraint(fields=["model", "version"], name="model_price_version_unique"),
            models.CheckConstraint(
                condition=Q(input_price__isnull=True, cached_input_price__isnull=True, output_price__isnull=True)
                | Q(input_price__gte=0, cached_input_price__gte=0, output_price__gte=0),
                name="model_price_whole_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}, version {self.version}"

    def rates(self, *, margin_percent: int) -> Rates | None:
        """None when the published price holds."""
        if self.input_price is None or self.cached_input_price is None or self.output_price is None:
            return None
        return Rates(
            input=self.input_price,
            cached_input=self.cached_input_price,
            output=self.output_price,
            margin_percent=margin_percent,
        )
