"""What an operator is asked for when a price is changed."""

from typing import Any

from django import forms
from django.contrib.admin.helpers import ActionForm

from blocks.base import Block
from blocks.registry import registry
from credits.pricing.models import REASON_MAX_LENGTH, ModelPrice, PriceVersion
from credits.pricing.rates import Rates
from credits.pricing.rules import prices_of
from reliability.errors import SluiceError

RULES_HELP = (
    'A list of rules; the first whose filter matches the inputs applies. {"amount": credits, "type": "RUN", "SECOND", '
    '"BYTE", "ITEMS", "TOKENS" or "COST_USD", "filter": {input: value}, "divisor": 1, "hold": credits set aside}. '
    "An empty list makes the block free."
)


class ReasonActionForm(ActionForm):
    """The reason beside the list's actions."""

    reason = forms.CharField(required=False, label="Reason", max_length=REASON_MAX_LENGTH)


class PriceForm(forms.ModelForm):
    """The next version of a block's price. `seen`: the version that the operator has looked at."""

    class Meta:
        model = PriceVersion
        fields = ("rules", "reason")
        help_texts = {"rules": RULES_HELP}

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(seen=self.instance.version, reason="")

    def clean_rules(self) -> Any:
        rules = self.cleaned_data["rules"]
        try:
            prices_of(rules)
        except SluiceError as error:
            raise forms.ValidationError(str(error)) from error
        return rules


class FirstPriceForm(PriceForm):
    """The first price of a block that declares none."""

    block = forms.ChoiceField(choices=lambda: [(block.id, block.name) for block in _unpriced()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = 0


class ModelPriceForm(forms.ModelForm):
    """The next version of a model's price. Empty prices: the published one."""

    class Meta:
        model = ModelPrice
        fields = ("model", "input_price", "cached_input_price", "output_price", "reason")

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(seen=self.instance.version or 0, reason="")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        given = [found.get(name) for name in ("input_price", "cached_input_price", "output_price")]
        if not all(isinstance(price, int) and price >= 0 for price in given):
            raise forms.ValidationError("All three prices are needed, each at least 0.")
        return found

    def rates(self) -> Rates:
        found = self.cleaned_data
        return Rates(input=found["input_price"], cached_input=found["cached_input_price"], output=found["output_price"])


def _unpriced() -> list[Block]:
    priced = set(PriceVersion.objects.values_list("block_id", flat=True))
    return sorted((block for block in registry if block.id not in priced), key=lambda block: block.name)
