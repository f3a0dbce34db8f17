"""Which blocks may not run. Asked when a node starts, so that it holds however the execution was started."""

from collections.abc import Iterable, Mapping, Set

from blocks.base import Block


def refusals(
    blocks: Iterable[Block], *, disabled: Set[str], switched_on: Set[str], is_admin: bool
) -> Mapping[str, str]:
    """`{block id: why it may not run}`.

    disabled: names or ids of blocks.  switched_on: the switches that are on.  is_admin: staff own the execution.
    """
    reasons = ((block.id, _reason(block, disabled, switched_on, is_admin)) for block in blocks)
    return {block_id: reason for block_id, reason in reasons if reason}


def _reason(block: Block, disabled: Set[str], switched_on: Set[str], is_admin: bool) -> str:
    if block.disabled:
        return f"The block {block.name} is disabled."
    if block.name in disabled or block.id in disabled:
        return f"The block {block.name} is disabled on this installation (DISABLED_BLOCKS)."
    if block.switch and block.switch not in switched_on:
        return f"The block {block.name} is not switched on on this installation ({block.switch})."
    if block.admin_only and not is_admin:
        return f"The block {block.name} runs for administrators only."
    return ""
