"""The filter of the spending page, as it stands in its address."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from blocks.registry import registry
from console.admin.graph_search import MOST_GRAPHS, ids_of, is_id
from credits.models import TransactionType
from credits.spending import Filter

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
#: What the page shows before anything is asked.
FIRST_DAYS = timedelta(days=30)
EVERYTHING = ("", "All")


class Day(forms.DateField):
    def __init__(self, label: str) -> None:
        limits = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(required=False, label=label, validators=limits, widget=widget, input_formats=["%Y-%m-%d"])


def _text(hint: str, *, max_length: int) -> forms.CharField:
    widget = forms.TextInput(attrs={"placeholder": hint})
    return forms.CharField(required=False, max_length=max_length, widget=widget)


class SpendingForm(forms.Form):
    since = Day("From")
    until = Day("To")
    user = _text("part of the e-mail", max_length=254)
    type = forms.ChoiceField(required=False, choices=[EVERYTHING, *TransactionType.choices])
    block = forms.CharField(required=False, max_length=36)
    graph = _text("name or id", max_length=200)

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")
        blocks = sorted((block.name, block.id) for block in registry)
        choices = [EVERYTHING, *((id, name) for name, id in blocks)]
        asked = str(data.get("block", ""))
        if is_id(asked) and registry.find(asked) is None:
            choices.append((asked, asked))
        self.fields["block"].widget = forms.Select(choices=choices)

    def clean_block(self) -> str:
        """A block that is gone is known by its id only."""
        block: str = self.cleaned_data["block"]
        if block and not is_id(block):
            raise forms.ValidationError("There is no such block.")
        return block

    def clean_graph(self) -> frozenset[str] | None:
        """The ids that are meant."""
        text = self.cleaned_data["graph"]
        graphs = ids_of(text) if text else None
        if graphs is not None and len(graphs) > MOST_GRAPHS:
            raise forms.ValidationError(f"More than {MOST_GRAPHS} graphs have such a name. Say more of it, or the id.")
        return graphs

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and since > until:
            raise forms.ValidationError("The first day is after the last one.")
        return found

    def filter(self) -> Filter:
        """Of a valid form."""
        wanted = dict(self.cleaned_data)
        return Filter(graphs=wanted.pop("graph"), **wanted)


def first_filter(today: date) -> dict[str, str]:
    """What a page without a filter begins with."""
    return {"since": (today - FIRST_DAYS).isoformat()}
