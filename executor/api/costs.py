"""What executions have cost, over the API, in the shape of the AutoGPT Platform."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from executor.cost_summary import cost_summary
from executor.statuses import Status

WINDOW_MAX = timedelta(days=366)


class CostSummaryQuery(serializers.Serializer[Any]):
    """Without times it is this month (UTC) up to now."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    top_runs_limit = serializers.IntegerField(min_value=1, max_value=50, default=10)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        until = attrs.setdefault("until", timezone.now())
        since = attrs.setdefault("since", _month_of(until))
        if since > until:
            raise serializers.ValidationError({"since": "It must not be after `until`."})
        if until - since > WINDOW_MAX:
            raise serializers.ValidationError({"since": f"It must be within {WINDOW_MAX.days} days of `until`."})
        return attrs


class AgentCostBodySerializer(serializers.Serializer[Any]):
    graph_id = serializers.UUIDField()
    graph_name = serializers.CharField()
    cost_cents = serializers.IntegerField()
    run_count = serializers.IntegerField()


class TopRunBodySerializer(serializers.Serializer[Any]):
    execution_id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    cost_cents = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=Status.values)
    duration_seconds = serializers.FloatField()
    node_error_count = serializers.IntegerField()


class DayCostBodySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    cost_cents = serializers.IntegerField()
    run_count = serializers.IntegerField()


class CostSummaryBodySerializer(serializers.Serializer[Any]):
    """One credit is one cent."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total_cents = serializers.IntegerField()
    run_count = serializers.IntegerField()
    billable_run_count = serializers.IntegerField()
    failed_cost_cents = serializers.IntegerField()
    success_run_count = serializers.IntegerField()
    failed_run_count = serializers.IntegerField()
    terminated_run_count = serializers.IntegerField()
    review_run_count = serializers.IntegerField()
    duration_run_count = serializers.IntegerField()
    total_duration_seconds = serializers.FloatField()
    by_agent = AgentCostBodySerializer(many=True)
    top_runs = TopRunBodySerializer(many=True)
    daily = DayCostBodySerializer(many=True)


class CostSummaryView(ApiView):
    """What the user's executions of some time have cost."""

    scopes: ClassVar = {"GET": (Scope.READ_RUN,)}

    @extend_schema(parameters=[CostSummaryQuery], responses={200: CostSummaryBodySerializer})
    def get(self, request: Request) -> Response:
        query = CostSummaryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wish = query.validated_data
        found = cost_summary(
            cast(User, request.user), since=wish["since"], until=wish["until"], top_runs=wish["top_runs_limit"]
        )
        return Response(CostSummaryBodySerializer(found).data)


def _month_of(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
