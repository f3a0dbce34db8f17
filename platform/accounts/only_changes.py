"""Admin pages that several operators may have open at once."""

from typing import Any

from django.contrib import admin
from django.forms import Field, ModelForm, ModelMultipleChoiceField, MultipleHiddenInput
from django.http import HttpRequest


class ShownItems(MultipleHiddenInput):
    """What a page has shown of a many-to-many field, with an empty entry after it.

    Without any entry, a page that comes again with an error takes what was just chosen for what it has shown.
    """

    def format_value(self, value: Any) -> list[Any]:
        return [*super().format_value(value), ""]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return [item for item in super().value_from_datadict(data, files, name) if item]


class OnlyChanges(admin.ModelAdmin):
    """Saving a page writes what was changed on it: what others have changed since it was opened stays so."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The page keeps what it has shown, which says what was changed on it."""
        field: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.show_hidden_initial = True
        if isinstance(field, ModelMultipleChoiceField):
            field.hidden_widget = ShownItems
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=_names(obj._meta.concrete_fields).intersection(form.changed_data))
        for name in _names(obj._meta.many_to_many).difference(form.changed_data):
            form.cleaned_data.pop(name, None)  # they are saved later


def _names(fields: Any) -> set[str]:
    return {field.name for field in fields}
