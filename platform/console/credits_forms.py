"""The forms of the credits page. Whether the values will do is for the verbs to say; `refuse` shows their answer."""

from django import forms

from credits.orders import AMOUNT_MAX
from credits.payments.limits import TOP_UP_MAX, TOP_UP_MIN, TOP_UP_STEP
from credits.payments.models import AutoTopUp
from credits.serializers import CODE_MAX_LENGTH
from reliability.errors import SluiceError
from reliability.ids import uuid7


class CreditsForm(forms.Form):
    def refuse(self, error: SluiceError) -> None:
        """At the fields that the error names, if the form has them, else above them."""
        fields = error.data.get("fields", {})
        for name, message in fields.items():
            self.add_error(name if name in self.fields else None, message)
        if not fields:
            self.add_error(None, error.message)


class TopUpForm(CreditsForm):
    """key: made with the page, so that sending it twice opens one payment page."""

    credit_amount = forms.IntegerField(
        label="Credits",
        min_value=TOP_UP_MIN,
        max_value=TOP_UP_MAX,
        initial=1000,
        widget=forms.NumberInput(attrs={"step": TOP_UP_STEP}),
        help_text=f"A multiple of {TOP_UP_STEP}, {TOP_UP_MIN} or more. 100 credits are 1 US dollar.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)


class AutoTopUpForm(CreditsForm):
    threshold = forms.IntegerField(label="When the balance is below", min_value=0, max_value=TOP_UP_MAX)
    amount = forms.IntegerField(
        label="Buy so many credits", min_value=0, max_value=TOP_UP_MAX, help_text="0 switches it off."
    )

    @classmethod
    def showing(cls, wish: AutoTopUp) -> "AutoTopUpForm":
        return cls(initial={"threshold": wish.threshold, "amount": wish.amount})


class ThresholdForm(CreditsForm):
    low_balance_threshold = forms.IntegerField(
        label="Warn me below",
        min_value=0,
        max_value=AMOUNT_MAX,
        help_text="Credits. You are told once each time the balance falls below. 0: never.",
    )


class CodeForm(CreditsForm):
    code = forms.CharField(
        label="Code", max_length=CODE_MAX_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def forms_for(wish: AutoTopUp, threshold: int) -> dict[str, CreditsForm]:
    """All forms of the page by their names, as they are when nothing was sent."""
    return {
        "top_up": TopUpForm(),
        "auto_top_up": AutoTopUpForm.showing(wish),
        "threshold": ThresholdForm(initial={"low_balance_threshold": threshold}),
        "code": CodeForm(),
    }
