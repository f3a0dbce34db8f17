"""Admin pages that only show: what changes these rows are verbs."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """Put before a ModelAdmin or an inline: nothing can be added, changed or deleted there."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
