"""The API's addresses, each with and without a slash at its end."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path

from accounts.api.keys import KeyPermissionsView, KeyResumeView, KeySuspendView, KeysView, KeyView
from accounts.api.tickets import TicketsView
from accounts.api.users import CurrentUserView, EmailView, MeView, PreferencesView, TimezoneView
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
from executor.api.costs import CostSummaryView
from executor.api.executions import DeleteView, ExecutionsView, ExecutionView, GraphExecutionsView, StopView
from executor.api.graphs import GraphView
from executor.api.node_lists import NodesView, OutputsView
from executor.api.priced_blocks import BlocksView
from executor.api.results import ResultsView
from executor.api.starting import AgainView, EstimateView, ExecuteView, RetryView
from executor.api.stopping import StopManyView
from executor.files.api import FileDownloadView, FilesView, FileView, UploadView
from executor.integrations.api import CredentialsView, CredentialView, ProviderCredentialsView
from executor.integrations.providers import (
    ProviderConstantsView,
    ProviderNamesView,
    ProvidersView,
    SystemProvidersView,
)
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
from executor.sharing.api import SharedFileView, SharedView, ShareView
from executor.webhooks.api import GraphWebhooksView, IngressView, PingView, WebhookSecretView, WebhookView
from executor.webhooks.preset_api import PresetTriggerView
from graphs.api import ActiveVersionView, GraphsView, VersionsView, VersionView
from graphs.graph_settings import GraphSettingsView
from notifications.api import (
    DeliveriesView,
    DeliveryView,
    EndpointSecretView,
    EndpointsView,
    EndpointTestView,
    EndpointView,
    ResendView,
)
from notifications.messages.api import (
    BouncesView,
    ChannelsView,
    ChannelTestView,
    ChannelView,
    NoticesView,
    ReadView,
)

API_KEY = "api-keys/<uuid:key_id>"
ENDPOINT = "webhook-endpoints/<uuid:endpoint_id>"
FILE = "files/<uuid:upload_id>"
GRAPH = "graphs/<uuid:graph_id>"
EXECUTION = f"{GRAPH}/executions/<uuid:execution_id>"
PRESET = "library/presets/<uuid:preset_id>"
SCHEDULE = "schedules/<uuid:schedule_id>"
WEBHOOK = "webhooks/<uuid:webhook_id>"

VIEWS: dict[str, Any] = {
    "api-keys": KeysView,
    API_KEY: KeyView,
    f"{API_KEY}/permissions": KeyPermissionsView,
    f"{API_KEY}/resume": KeyResumeView,
    f"{API_KEY}/suspend": KeySuspendView,
    "auth/user": CurrentUserView,
    "auth/user/email": EmailView,
    "auth/user/preferences": PreferencesView,
    "auth/user/timezone": TimezoneView,
    "me": MeView,
    "ws-tickets": TicketsView,
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
    "email": BouncesView,
    "files": FilesView,
    "files/upload": UploadView,
    FILE: FileView,
    f"{FILE}/download": FileDownloadView,
    "graphs": GraphsView,
    GRAPH: GraphView,
    f"{GRAPH}/versions": VersionsView,
    f"{GRAPH}/versions/active": ActiveVersionView,
    f"{GRAPH}/versions/<int:number>": VersionView,
    f"{GRAPH}/settings": GraphSettingsView,
    f"{GRAPH}/execute": ExecuteView,
    f"{GRAPH}/execute/<int:number>": ExecuteView,
    "executions": ExecutionsView,
    "executions/cost-summary": CostSummaryView,
    "executions/stop": StopManyView,
    "executions/<uuid:execution_id>": DeleteView,
    f"{GRAPH}/executions": GraphExecutionsView,
    EXECUTION: ExecutionView,
    f"{EXECUTION}/again": AgainView,
    f"{EXECUTION}/nodes": NodesView,
    f"{EXECUTION}/outputs": OutputsView,
    f"{EXECUTION}/results": ResultsView,
    f"{EXECUTION}/retry": RetryView,
    f"{EXECUTION}/share": ShareView,
    f"{EXECUTION}/stop": StopView,
    "public/shared/<str:token>": SharedView,
    "public/shared/<str:token>/files/<str:file_id>/download": SharedFileView,
    "integrations/credentials": CredentialsView,
    "integrations/providers": ProvidersView,
    "integrations/providers/constants": ProviderConstantsView,
    "integrations/providers/names": ProviderNamesView,
    "integrations/providers/system": SystemProvidersView,
    "integrations/<str:provider>/login": LoginView,
    "integrations/<str:provider>/callback": CallbackView,
    "integrations/<str:provider>/credentials": ProviderCredentialsView,
    "integrations/<str:provider>/credentials/<uuid:credential_id>": CredentialView,
    "integrations/<str:provider>/webhooks/<uuid:webhook_id>/ingress": IngressView,
    "integrations/webhooks/<uuid:webhook_id>/ping": PingView,
    "library/presets": PresetsView,
    "library/presets/setup-trigger": PresetTriggerView,
    PRESET: PresetView,
    f"{PRESET}/execute": PresetExecuteView,
    "notifications": NoticesView,
    "notifications/channels": ChannelsView,
    "notifications/channels/<str:channel>": ChannelView,
    "notifications/channels/<str:channel>/test": ChannelTestView,
    "notifications/read": ReadView,
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
    f"{WEBHOOK}/ping": PingView,
    "webhook-endpoints": EndpointsView,
    ENDPOINT: EndpointView,
    f"{ENDPOINT}/secret": EndpointSecretView,
    f"{ENDPOINT}/test": EndpointTestView,
    f"{ENDPOINT}/deliveries": DeliveriesView,
    f"{ENDPOINT}/deliveries/<uuid:delivery_id>": DeliveryView,
    f"{ENDPOINT}/deliveries/<uuid:delivery_id>/resend": ResendView,
}


def _both_ways() -> Iterator[URLPattern]:
    for route, view in VIEWS.items():
        yield path(route, view.as_view())
        yield path(f"{route}/", view.as_view())


app_name = "api"
urlpatterns = list(_both_ways())
