"""Prices in the admin: the list shows those in force, a price shows its history, and saving one adds a version."""

import json
from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from blocks.registry import registry
from credits.pricing.forms import FirstPriceForm, ModelPriceForm, PriceForm, ReasonActionForm
from credits.pricing.models import ModelPrice, PriceVersion
from credits.pricing.versions import set_model_price, set_price, use_own_price
from reliability.errors import SluiceError

Row = PriceVersion | ModelPrice


class Versioned(admin.ModelAdmin):
    """Nothing is changed or deleted: what is saved becomes the next version."""

    actions = ("back",)
    action_form = ReasonActionForm
    list_select_related = ("author",)

    def versions_of(self, row: Any) -> QuerySet[Any]:
        """Newest first."""
        raise NotImplementedError

    def put(self, row: Any, form: ModelForm, author: User) -> Row:
        """Add the version that the form asks for."""
        raise NotImplementedError

    def put_back(self, row: Any, reason: str, author: User) -> Row:
        """Add a version that undoes what operators have set."""
        raise NotImplementedError

    def shown(self, row: Any) -> str:
        """The price in a line of the history."""
        raise NotImplementedError

    @admin.display(description="history")
    def history(self, row: Any) -> SafeString | str:
        if row.pk is None or not row.version:
            return "–"
        versions = self.versions_of(row).select_related("author")
        lines = (
            (old.version, f"{old.created_at:%Y-%m-%d %H:%M}", old.author or "–", old.reason, self.shown(old))
            for old in versions
        )
        return _table(("version", "since (UTC)", "author", "reason", "price"), lines)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        added = self.put(obj, form, cast(User, request.user))
        obj.pk, obj.version = added.pk, added.version

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        context = {"show_save_and_continue": False, "show_save_and_add_another": False, **(extra_context or {})}
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except SluiceError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(reverse(f"admin:{self._list}"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Prices in force", **(extra_context or {})})

    def take_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        reason = request.POST.get("reason", "")
        for row in queryset:
            try:
                self.put_back(row, reason, cast(User, request.user))
            except SluiceError as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: taken back.", messages.SUCCESS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The list is of those in force; the others are found by their address."""
        found: Any = super().get_queryset(request)
        match = request.resolver_match
        return found.in_force() if match is not None and match.url_name == self._list else found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is not in force any more can only be looked at."""
        is_newest = obj is None or self.versions_of(obj).values_list("pk", flat=True).first() == obj.pk
        return is_newest and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @property
    def _list(self) -> str:
        return f"pricing_{self.opts.model_name}_changelist"


@admin.register(PriceVersion)
class PriceVersionAdmin(Versioned):
    list_display = ("block_name", "version", "rules_shown", "origin", "author", "reason", "created_at")
    list_filter = ("origin",)
    search_fields = ("block_name", "block_id")

    @admin.action(description="Go back to the block's own price", permissions=["change"])
    def back(self, request: HttpRequest, queryset: QuerySet[PriceVersion]) -> None:
        self.take_back(request, queryset)

    @admin.display(description="rules")
    def rules_shown(self, row: PriceVersion) -> str:
        return self.shown(row)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{"form": PriceForm if obj else FirstPriceForm, **kwargs})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("block", "rules", "reason", "seen")
        form = ("rules", "reason", "seen") if self.has_change_permission(request, obj) else ("rules", "reason")
        return ("block_name", "version", "origin", *form, "history")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("block_name", "version", "origin", "history")

    def versions_of(self, row: PriceVersion) -> QuerySet[Any]:
        return PriceVersion.objects.of(row.block_id)

    def put(self, row: PriceVersion, form: ModelForm, author: User) -> Row:
        found = form.cleaned_data
        block = registry.get(found.get("block") or row.block_id)
        return set_price(block, rules=found["rules"], reason=found["reason"], after=found["seen"], author=author)

    def put_back(self, row: PriceVersion, reason: str, author: User) -> Row:
        return use_own_price(registry.get(row.block_id), reason=reason, after=row.version, author=author)

    def shown(self, row: PriceVersion) -> str:
        return json.dumps(row.rules, ensure_ascii=False) if row.rules else "free"


@admin.register(ModelPrice)
class ModelPriceAdmin(Versioned):
    form = ModelPriceForm
    list_display = ("model", "version", "price_shown", "author", "reason", "created_at")
    search_fields = ("model",)

    @admin.action(description="Go back to the published price", permissions=["change"])
    def back(self, request: HttpRequest, queryset: QuerySet[ModelPrice]) -> None:
        self.take_back(request, queryset)

    @admin.display(description="price for a million tokens")
    def price_shown(self, row: ModelPrice) -> str:
        return self.shown(row)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        prices = ("input_price", "cached_input_price", "output_price", "reason")
        if obj is None:
            return ("model", *prices, "seen")
        seen = ("seen",) if self.has_change_permission(request, obj) else ()
        return ("model", "version", *prices, *seen, "history")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("model", "version", "history")

    def versions_of(self, row: ModelPrice) -> QuerySet[Any]:
        return ModelPrice.objects.of(row.model)

    def put(self, row: ModelPrice, form: ModelForm, author: User) -> Row:
        found = form.cleaned_data
        rates = cast(ModelPriceForm, form).rates()
        return set_model_price(row.model, rates=rates, reason=found["reason"], after=found["seen"], author=author)

    def put_back(self, row: ModelPrice, reason: str, author: User) -> Row:
        return set_model_price(row.model, rates=None, reason=reason, after=row.version, author=author)

    def shown(self, row: ModelPrice) -> str:
        """In dollars."""
        if row.input_price is None or row.cached_input_price is None or row.output_price is None:
            return "as published"
        prices = (row.input_price, row.cached_input_price, row.output_price)
        return "input {}, cached input {}, output {}".format(*map(_dollars, prices))


def _dollars(micro_dollars: int) -> str:
    whole, rest = divmod(micro_dollars, 10**6)
    return f"${whole:,}.{rest:06d}"


def _table(heads: Iterable[str], lines: Iterable[tuple[Any, ...]]) -> SafeString:
    head = format_html_join("", "<th>{}</th>", ((name,) for name in heads))
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((c,) for c in line)),) for line in lines)
    )
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)
