"""The pages "Workers and queue" and "Settings in force"."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.read_only import ReadOnly
from config.diagnostics.in_force import sections
from config.diagnostics.models import Settings, Workers
from config.diagnostics.workers import standing


class PageAdmin(ReadOnly, admin.ModelAdmin):
    """One page in place of a list, for those who have the permission to view it."""

    template: ClassVar[str]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        return [path("", self.admin_site.admin_view(self.page), name=name)]

    def page(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = str(self.opts.verbose_name_plural).capitalize()
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **self.shown()}
        return TemplateResponse(request, self.template, context)

    def shown(self) -> dict[str, Any]:
        raise NotImplementedError


@admin.register(Workers)
class WorkersAdmin(PageAdmin):
    template = "admin/diagnostics/workers.html"

    def shown(self) -> dict[str, Any]:
        return standing()


@admin.register(Settings)
class SettingsAdmin(PageAdmin):
    template = "admin/diagnostics/settings.html"

    def shown(self) -> dict[str, Any]:
        return {"sections": sections()}
