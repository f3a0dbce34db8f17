"""What this process has claimed."""

from prometheus_client import Counter, Histogram

from reliability.figures import PROCESS

WAITS = (0.05, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)

queue_wait = Histogram(
    "sluice_queue_wait_seconds",
    "How long executions had waited when they were first taken up.",
    buckets=WAITS,
    registry=PROCESS,
)
resumes = Counter(
    "sluice_resumes",
    "Executions that went on here after another owner, or after a person's decision.",
    registry=PROCESS,
)
failed_closed = Counter(
    "sluice_failed_closed",
    "What was refused because it could not be judged.",
    ["what"],
    registry=PROCESS,
)
failed_closed.labels("moderation")
