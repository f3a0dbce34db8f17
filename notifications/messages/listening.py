"""What other rooms say inside their transactions, written down as notices of it.

A listener that fails undoes what it was told of: nothing happens that is not told.
"""

from datetime import UTC, datetime
from typing import Any

from accounts.wishes import NotificationType
from credits.events import BalanceCrossed, FundsExhausted
from credits.payments.events import RefundAsked, RefundEnded
from credits.payments.models import RefundRequest
from executor.schedules.models import Schedule
from graphs.names import names_of
from notifications.messages.data import LowBalanceData, RefundData, SchedulePausedData, ZeroBalanceData, shortened
from notifications.messages.writing import write_notice
from reliability.ids import uuid7


def note_credits(sender: object, *, event: BalanceCrossed | FundsExhausted, **kwargs: Any) -> None:
    """Listens to `credits.events.credits_changing`, which is told once for each that there is."""
    if isinstance(event, FundsExhausted):
        _note_shortage(event)
    else:
        _write(NotificationType.LOW_BALANCE, event.user_id, LowBalanceData(current_balance=event.balance))


def note_refund(sender: object, *, event: RefundAsked | RefundEnded, **kwargs: Any) -> None:
    """Listens to `credits.payments.events.refund_changing`."""
    is_asked = isinstance(event, RefundAsked)
    type = NotificationType.REFUND_REQUEST if is_asked else NotificationType.REFUND_PROCESSED
    rows = RefundRequest.objects.select_related("account__user", "payment__transaction")
    request = rows.get(pk=event.request_id)
    _write(type, str(request.account.user_id), _refund_data(request))


def note_pause(sender: object, *, schedule: Schedule, reason: str, **kwargs: Any) -> None:
    """Listens to `executor.schedules.pausing.schedule_pausing`."""
    data = SchedulePausedData(
        schedule_name=schedule.name,
        agent_name=_graph_name(str(schedule.graph_id)),
        graph_id=str(schedule.graph_id),
        reason=shortened(reason),
    )
    _write(NotificationType.SCHEDULE_PAUSED, str(schedule.user_id), data)


def _note_shortage(event: FundsExhausted) -> None:
    data = ZeroBalanceData(
        agent_name=_graph_name(event.graph_id),
        current_balance=event.balance,
        shortfall=event.shortfall,
        attempted=event.amount,
        graph_id=event.graph_id,
    )
    _write(NotificationType.ZERO_BALANCE, event.user_id, data)


def _refund_data(request: RefundRequest) -> RefundData:
    user, paid = request.account.user, request.payment.transaction
    return RefundData(
        user_id=str(user.pk),
        user_name=user.name,
        user_email=user.email,
        transaction_id=paid.key if paid else str(request.payment_id),
        refund_request_id=str(request.pk),
        reason=request.reason,
        amount=request.amount,
        balance=request.account.balance,
    )


def _write(type: NotificationType, user_id: str, data: Any) -> None:
    """The transaction that it is in makes it happen once; so its key is a new one."""
    now = datetime.now(UTC)
    write_notice(type, user_id, data, key=f"{type.lower()}:{uuid7()}", happened_at=now)


def _graph_name(graph_id: str) -> str:
    return names_of([graph_id]).get(graph_id, "") if graph_id else ""
