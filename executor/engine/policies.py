"""What the policy of a node makes of its failure. The decisions are pure; see `graphs.policy` for the keys."""

from collections.abc import Iterator

from blocks.base import BlockType, Effect
from executor.engine.state import NodeRun
from graphs.policy import BACKOFF_MAX_SECONDS, Policy

#: Where a node execution's stats count the tries that came after the first.
RETRIES = "retries"


def may_retry(run: NodeRun) -> bool:
    """Whether a failed node execution has a try left. What a crash repeats is no retry."""
    block = run.node.block
    is_repeatable = block.effect is not Effect.ONCE and block.block_type is not BlockType.AGENT
    return is_repeatable and run.stats.get(RETRIES, 0) < run.node.policy.retries


def backoff(policy: Policy, retry: int, chance: float) -> float:
    """Seconds to wait before a retry: twice as long each time, less up to a half, so that not all come at once.

    retry: 1 for the first.  chance: from 0 to 1.
    """
    longest = min(policy.retry_backoff_seconds * 2 ** (retry - 1), BACKOFF_MAX_SECONDS)
    return longest * (1 - chance / 2)


def missing_outputs(run: NodeRun) -> Iterator[str]:
    """The names under which links wait for something that the node execution has not emitted."""
    emitted = {name for name, _ in run.outputs}
    for link in run.node.output_links:
        if not link.selector.tools and emitted.isdisjoint((link.source_name, link.selector.base)):
            emitted.add(link.source_name)
            yield link.source_name
