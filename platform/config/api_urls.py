"""The API's addresses, each with and without a slash at its end."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path

from credits.api import HoldsView, RedeemView, TransactionsView, UsageView
from credits.payments.api import (
    AutoTopUpView,
    CardsView,
    InvoicesView,
    ManageView,
    PaidCreditsView,
    RefundsView,
    RefundView,
    StripeWebhookView,
)
from executor.api.blocks import BlockExecuteView
from executor.api.executions import ExecutionsView, ExecutionView, StopView
from executor.api.priced_blocks import BlocksView
from executor.api.starting import AgainView, EstimateView, ExecuteView, RetryView
from executor.integrations.api import CredentialsView, CredentialView, ProviderCredentialsView
from executor.integrations.providers import ProviderNamesView, ProvidersView, SystemProvidersView
from executor.integrations.signing_in import CallbackView, LoginView
from executor.large.api import OutputFileView
from executor.presets.api import PresetExecuteView, PresetsView, PresetView
from executor.reviews.api import DecideView, ExecutionReviewsView, WaitingReviewsView
from executor.schedules.api import (
    GraphSchedulesView,
    NextTimesView,
    OccurrencesView,
    PauseView,
    ResumeView,
    SchedulesView,
    ScheduleView,
)
from executor.webhooks.api import GraphWebhooksView, IngressView, WebhookSecretView, WebhookView
from graphs.api import GraphsView, GraphView
from graphs.graph_settings import GraphSettingsView

GRAPH = "graphs/<uuid:graph_id>"
EXECUTION = f"{GRAPH}/executions/<uuid:execution_id>"
PRESET = "library/presets/<uuid:preset_id>"
SCHEDULE = "schedules/<uuid:schedule_id>"
WEBHOOK = "webhooks/<uuid:webhook_id>"

VIEWS: dict[str, Any] = {
    "blocks": BlocksView,
    "blocks/<str:block_id>/execute": BlockExecuteView,
    "credits": PaidCreditsView,
    "credits/auto-top-up": AutoTopUpView,
    "credits/cards": CardsView,
    "credits/estimate": EstimateView,
    "credits/holds": HoldsView,
    "credits/invoices": InvoicesView,
    "credits/manage": ManageView,
    "credits/redeem": RedeemView,
    "credits/refunds": RefundsView,
    "credits/stripe_webhook": StripeWebhookView,
    "credits/transactions": TransactionsView,
    "credits/usage": UsageView,
    "credits/<str:transaction_key>/refund": RefundView,
    "graphs": GraphsView,
    GRAPH: GraphView,
    f"{GRAPH}/settings": GraphSettingsView,
    f"{GRAPH}/execute": ExecuteView,
    f"{GRAPH}/execute/<int:number>": ExecuteView,
    "executions": ExecutionsView,
    EXECUTION: ExecutionView,
    f"{EXECUTION}/again": AgainView,
    f"{EXECUTION}/retry": RetryView,
    f"{EXECUTION}/stop": StopView,
    "integrations/credentials": CredentialsView,
    "integrations/providers": ProvidersView,
    "integrations/providers/names": ProviderNamesView,
    "integrations/providers/system": SystemProvidersView,
    "integrations/<str:provider>/login": LoginView,
    "integrations/<str:provider>/callback": CallbackView,
    "integrations/<str:provider>/credentials": ProviderCredentialsView,
    "integrations/<str:provider>/credentials/<uuid:credential_id>": CredentialView,
    "library/presets": PresetsView,
    PRESET: PresetView,
    f"{PRESET}/execute": PresetExecuteView,
    "review/pending": WaitingReviewsView,
    "review/execution/<uuid:execution_id>": ExecutionReviewsView,
    "review/action": DecideView,
    "node-executions/<uuid:node_execution_id>/outputs/<int:index>": OutputFileView,
    f"{GRAPH}/schedules": GraphSchedulesView,
    "schedules": SchedulesView,
    SCHEDULE: ScheduleView,
    f"{SCHEDULE}/next": NextTimesView,
    f"{SCHEDULE}/occurrences": OccurrencesView,
    f"{SCHEDULE}/pause": PauseView,
    f"{SCHEDULE}/resume": ResumeView,
    f"{GRAPH}/webhooks": GraphWebhooksView,
    WEBHOOK: WebhookView,
    f"{WEBHOOK}/secret": WebhookSecretView,
    f"{WEBHOOK}/ingress": IngressView,
}


def _both_ways() -> Iterator[URLPattern]:
    for route, view in VIEWS.items():
        yield path(route, view.as_view())
        yield path(f"{route}/", view.as_view())


app_name = "api"
urlpatterns = list(_both_ways())
