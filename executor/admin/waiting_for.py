"""What an unfinished execution is waiting for, as an operator reads it. Pure."""

from datetime import datetime

from django.conf import settings

from executor.models import GraphExecution
from executor.statuses import Status


def waiting_for(execution: GraphExecution, *, is_user_paused: bool, now: datetime) -> str:
    """Empty for one that has ended, or that somebody works on. now: on the database's clock, as leases are."""
    if execution.is_finished:
        return ""
    if execution.cancel_requested_at:
        return "its end: it is to be stopped"
    if execution.parent_id:
        return "" if execution.status == Status.RUNNING else "the execution around it"
    if execution.status == Status.RUNNING:
        return _of_running(execution, now)
    if execution.status == Status.REVIEW:
        return "a person"
    if execution.status == Status.INCOMPLETE:
        return "the sweeper, to be queued"
    return _of_queued(execution, is_user_paused)


def _of_running(execution: GraphExecution, now: datetime) -> str:
    if execution.lease_until is None or execution.lease_until >= now:
        return ""
    if execution.claims >= settings.MAX_CLAIMS:
        return "the sweeper, to be given up"
    is_rung = execution.dispatched_at is not None and execution.dispatched_at >= execution.lease_until
    return "another worker, which is rung" if is_rung else "the sweeper, to ring another worker"


def _of_queued(execution: GraphExecution, is_user_paused: bool) -> str:
    if execution.dispatched_at:
        return "a worker: its job is in the queue"
    if is_user_paused:
        return "its user, who is paused"
    if execution.graph.is_paused:
        return "its graph, which is paused"
    return "its turn"
