"""What users were told, in the admin: to look at, and to send again."""

from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from accounts.reasons import ReasonForm, act
from notifications.deliveries.resending import resend
from notifications.endpoints.switching import switch_off, switch_on
from notifications.errors import EndpointOff
from notifications.models import Attempt, Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly, admin.ModelAdmin):
    """Without the rest of its address, which may be a secret."""

    list_display = ("id", "user", "host", "graph", "is_enabled", "failing_since", "created_at")
    list_filter = ("is_enabled",)
    list_select_related = ("user", "graph")
    search_fields = ("=id", "user__email")
    fields = ("user", "host", "graph", "kinds", "is_enabled", "trouble", "failing_since", "failed_at", "created_at")
    action_form = ReasonForm
    actions = ("pause", "resume")

    @admin.display(description="Host")
    def host(self, endpoint: Endpoint) -> str:
        return urlsplit(endpoint.url).hostname or ""

    @admin.action(description="Pause: send nothing", permissions=["switch"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        act(self, request, queryset, lambda endpoint: switch_off(endpoint), done="paused")

    @admin.action(description="Resume", permissions=["switch"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        act(self, request, queryset, switch_on, done="resumed")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_endpoint")


class AttemptInline(ReadOnly, admin.TabularInline):
    """Without the answers, which are their owner's."""

    model = Attempt
    fields = ("number", "started_at", "milliseconds", "status_code", "error")
    readonly_fields = fields
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "kind", "user", "channel", "status", "tries", "next_at", "created_at", "delivered_at")
    list_filter = ("status", "channel", "notice__kind")
    list_select_related = ("notice__user",)
    search_fields = ("=id", "=notice__execution_id", "=endpoint__id", "notice__user__email")
    show_full_result_count = False
    fields = (
        *("notice", "channel", "recipient", "status", "tries", "next_at", "claimed_until", "fence"),
        *("created_at", "delivered_at"),
    )
    inlines = (AttemptInline,)
    action_form = ReasonForm
    actions = ("send_again",)

    @admin.display(description="Event")
    def kind(self, delivery: Delivery) -> str:
        return delivery.notice.kind

    @admin.display(description="User")
    def user(self, delivery: Delivery) -> str:
        return str(delivery.notice.user)

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        act(self, request, queryset, _sent_again, done="sent again")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_delivery")


def _sent_again(delivery: Delivery) -> bool:
    """False if its endpoint is off."""
    try:
        resend(delivery)
    except EndpointOff:
        return False
    return True
