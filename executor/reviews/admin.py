"""Reviews in the admin: to look at. Only the owner of an execution decides."""

from django.contrib import admin

from accounts.read_only import ReadOnly
from executor.reviews.models import Review


@admin.register(Review)
class ReviewAdmin(ReadOnly, admin.ModelAdmin):
    """Without the payload: it is the owner's."""

    list_display = ("node_execution", "user", "execution", "status", "is_sensitive", "is_expired", "created_at")
    list_filter = ("status", "is_sensitive", "is_expired")
    list_select_related = ("node_execution", "user", "execution")
    search_fields = ("=node_execution__id", "=root__id", "user__email")
    date_hierarchy = "created_at"
    fields = (
        "node_execution", "execution", "root", "user", "status", "is_sensitive", "editable", "was_edited",
        "approves_future", "is_expired", "reviewer", "created_at", "reviewed_at", "expires_at", "default_decision",
    )  # fmt: skip
