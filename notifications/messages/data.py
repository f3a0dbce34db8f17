"""What notices of each type say. They are checked when they are written, and again when they are told."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from accounts.wishes import NotificationType

TEXT_CHARACTERS = 500


class Data(BaseModel):
    """Immutable; what it does not know it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AgentRunData(Data):
    """outputs: by output name, filled in when it is told: `[{name: [values]}]`."""

    agent_name: str
    credits_used: float
    execution_time: float  # seconds
    node_count: int
    graph_id: str
    outputs: list[dict[str, Any]] = []


class ZeroBalanceData(Data):
    """billing_page_link: filled in when it is told."""

    agent_name: str
    current_balance: float
    billing_page_link: str = ""
    shortfall: float
    #: What was to be paid.
    attempted: float = 0
    graph_id: str = ""


class LowBalanceData(Data):
    """billing_page_link: filled in when it is told."""

    current_balance: float
    billing_page_link: str = ""


class BlockExecutionFailedData(Data):
    block_name: str
    block_id: str
    error_message: str
    graph_id: str
    node_id: str
    execution_id: str
    agent_name: str = ""
    #: How often in a row, this time included.
    count: int = 1


class ContinuousAgentErrorData(Data):
    """attempts: executions that have failed in a row."""

    agent_name: str
    error_message: str
    graph_id: str
    execution_id: str
    start_time: AwareDatetime
    error_time: AwareDatetime
    attempts: int


class SummaryData(Data):
    """cost_breakdown: `{agent name: credits}`. Times are in seconds."""

    total_credits_used: float
    total_executions: int
    most_used_agent: str
    total_execution_time: float
    successful_runs: int
    failed_runs: int
    average_execution_time: float
    cost_breakdown: dict[str, float]


class DailySummaryData(SummaryData):
    date: date


class WeeklySummaryData(SummaryData):
    start_date: date
    end_date: date


class MonthlySummaryData(SummaryData):
    month: int = Field(ge=1, le=12)
    year: int


class RefundData(Data):
    """For operators, of both kinds. amount, balance: credits."""

    user_id: str
    user_name: str
    user_email: str
    transaction_id: str
    refund_request_id: str
    reason: str
    amount: float
    balance: int


class AwaitingReviewData(Data):
    agent_name: str
    graph_id: str
    execution_id: str
    #: What is asked.
    questions: int


class ExecutionStoppedData(Data):
    agent_name: str
    graph_id: str
    execution_id: str
    credits_used: float


class CredentialExpiringData(Data):
    """expires_at: None if its provider has refused to renew it."""

    title: str
    provider: str
    expires_at: AwareDatetime | None


class SchedulePausedData(Data):
    schedule_name: str
    agent_name: str
    graph_id: str
    reason: str


DATA: dict[NotificationType, type[Data]] = {
    NotificationType.AGENT_RUN: AgentRunData,
    NotificationType.ZERO_BALANCE: ZeroBalanceData,
    NotificationType.LOW_BALANCE: LowBalanceData,
    NotificationType.BLOCK_EXECUTION_FAILED: BlockExecutionFailedData,
    NotificationType.CONTINUOUS_AGENT_ERROR: ContinuousAgentErrorData,
    NotificationType.DAILY_SUMMARY: DailySummaryData,
    NotificationType.WEEKLY_SUMMARY: WeeklySummaryData,
    NotificationType.MONTHLY_SUMMARY: MonthlySummaryData,
    NotificationType.REFUND_REQUEST: RefundData,
    NotificationType.REFUND_PROCESSED: RefundData,
    NotificationType.AWAITING_REVIEW: AwaitingReviewData,
    NotificationType.EXECUTION_STOPPED: ExecutionStoppedData,
    NotificationType.CREDENTIAL_EXPIRING: CredentialExpiringData,
    NotificationType.SCHEDULE_PAUSED: SchedulePausedData,
}


class Envelope(BaseModel):
    """What every notice has: a type, written in any case, a moment with its zone, and the data of that type."""

    type: NotificationType
    user_id: str
    created_at: AwareDatetime
    data: dict[str, Any]

    @field_validator("type", mode="before")
    @classmethod
    def in_capitals(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    def typed(self) -> Data:
        """Raises pydantic's ValidationError."""
        return DATA[self.type].model_validate(self.data)


def shortened(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + "…"
