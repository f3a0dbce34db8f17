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
from executor.api import EstimateView, ExecuteView, ExecutionsView, ExecutionView, StopView
from executor.priced_blocks import BlocksView
from graphs.api import GraphsView, GraphView

GRAPH = "graphs/<uuid:graph_id>"
EXECUTION = f"{GRAPH}/executions/<uuid:execution_id>"

VIEWS: dict[str, Any] = {
    "blocks": BlocksView,
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
    f"{GRAPH}/execute": ExecuteView,
    f"{GRAPH}/execute/<int:number>": ExecuteView,
    "executions": ExecutionsView,
    EXECUTION: ExecutionView,
    f"{EXECUTION}/stop": StopView,
}


def _both_ways() -> Iterator[URLPattern]:
    for route, view in VIEWS.items():
        yield path(route, view.as_view())
        yield path(f"{route}/", view.as_view())


app_name = "api"
urlpatterns = list(_both_ways())
