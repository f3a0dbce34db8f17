"""The form of a graph's inputs."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from executor.launching.inputs import input_name
from graphs.plan import Plan, PlanNode
from reliability.errors import SluiceError

ROWS = 5


class AnyValueField(forms.CharField):
    """JSON, or else the text as it is."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return json.loads(text)
        except ValueError:
            return text or None


class RunForm(forms.Form):
    """One field for each input of a graph, and a ceiling for the cost. What is left empty is not given.

    Whether the values will do is for the launch to say; `refuse` brings its answer back into the form.
    """

    #: Named so that no input can have the same name: those are prefixed.
    max_cost = forms.IntegerField(
        label="Ceiling", help_text="Credits it may cost at most. Empty for no ceiling.", min_value=1, required=False
    )

    def __init__(self, plan: Plan, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self._names: dict[str, str] = {}
        for node in plan.inputs:
            name = input_name(node)
            self._names[name] = f"input:{name}"
            self.fields[f"input:{name}"] = field_for(node)
        self.order_fields([*self._names.values(), "max_cost"])

    def launch_arguments(self) -> dict[str, Any]:
        """`inputs` and `max_cost` for the launch."""
        given = {name: self.cleaned_data[field] for name, field in self._names.items()}
        inputs = {name: value for name, value in given.items() if value not in ("", None)}
        return {"inputs": inputs, "max_cost": self.cleaned_data["max_cost"]}

    def refuse(self, error: SluiceError) -> None:
        """Show why the launch refused: at the inputs that it names, else above them."""
        for name, message in error.data.get("fields", {}).items():
            self.add_error(self._names.get(name), message)
        if not self.errors:
            self.add_error(NON_FIELD_ERRORS, error.message)


def field_for(node: PlanNode) -> forms.Field:
    """The form field of an input node, by its block; a kind without one of its own takes JSON or text."""
    constants = node.defaults
    field = _bare_field(node)
    field.label = str(constants.get("title") or input_name(node))
    field.help_text = str(constants.get("description") or "")
    if constants.get("secret"):
        field.widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    else:
        field.initial = _shown(field, constants.get("value"))
    return field


def _bare_field(node: PlanNode) -> forms.Field:
    match node.block.name:
        case "AgentShortTextInput" | "AgentFileInput":
            return forms.CharField(required=False, strip=False)
        case "AgentLongTextInput":
            return forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"rows": ROWS}))
        case "AgentNumberInput":
            return forms.IntegerField(required=False)
        case "AgentToggleInput":
            return forms.BooleanField(required=False)
        case "AgentDateInput":
            return IsoField(forms.DateInput(attrs={"type": "date"}))
        case "AgentTimeInput":
            return IsoField(forms.TimeInput(attrs={"type": "time", "step": 1}))
        case "AgentDropdownInput":
            return _choice(node)
        case _:
            return AnyValueField(required=False, strip=False)


class IsoField(forms.CharField):
    """Date or time: the browser's picker writes ISO 8601, and that is what the graph takes."""

    def __init__(self, widget: forms.Widget) -> None:
        super().__init__(required=False, widget=widget)


def _choice(node: PlanNode) -> forms.Field:
    options = node.defaults.get("options") or node.defaults.get("placeholder_values")
    if not isinstance(options, list) or not options:
        return forms.CharField(required=False)
    return forms.ChoiceField(required=False, choices=[("", "—"), *((str(option), str(option)) for option in options)])


def _shown(field: forms.Field, value: Any) -> Any:
    """Where JSON may be typed, a text that would be read as something else is shown in quotes."""
    if value is None or not isinstance(field, AnyValueField):
        return value
    if isinstance(value, str) and not _is_json(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
