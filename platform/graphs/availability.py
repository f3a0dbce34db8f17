"""Which blocks may not run in this installation, and which graphs may not be saved with."""

from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from blocks.availability import refusals
from blocks.registry import registry


def refused_blocks(*, is_admin: bool) -> Mapping[str, str]:
    """`{block id: why it may not run}`, by the settings of this process. is_admin: whether staff own the execution."""
    switches = frozenset(block.switch for block in registry if block.switch and getattr(settings, block.switch))
    return _refused(frozenset(settings.DISABLED_BLOCKS), switches, is_admin, len(registry))


def unsavable_blocks(*, is_admin: bool) -> Mapping[str, str]:
    """`{block id: why}` of those that no new version may name.

    A graph may wait for a block to be switched on, so those are not among them. is_admin: whether staff own the graph.
    """
    switches = frozenset(block.switch for block in registry)
    return _refused(frozenset(settings.DISABLED_BLOCKS), switches, is_admin, len(registry))


@lru_cache(maxsize=16)
def _refused(disabled: frozenset[str], switched_on: frozenset[str], is_admin: bool, blocks: int) -> Mapping[str, str]:
    """blocks: how many there are, for modules may still bring some."""
    return refusals(registry, disabled=disabled, switched_on=switched_on, is_admin=is_admin)
