"""Functions that judge content, for tests: each is named by its import path in `MODERATION_HOOK`."""

import asyncio
from typing import Any

from executor.engine.judging import Content

#: What was judged, in order.
JUDGED: list[Content] = []


async def strict(content: Content) -> str | None:
    """Refuses one word."""
    JUDGED.append(content)
    return "it has a forbidden word" if "forbidden" in content.text else None


async def strict_with_outputs(content: Content) -> str | None:
    """Refuses the word in outputs only."""
    JUDGED.append(content)
    return "it has a forbidden word" if content.stage == "outputs" and "forbidden" in content.text else None


async def silent_with_outputs(content: Content) -> str | None:
    return await silent(content) if content.stage == "outputs" else None


async def cancelled(content: Content) -> str | None:
    """Something that it waited for was cancelled; nobody has cancelled whoever asks."""
    raise asyncio.CancelledError


async def wordless(content: Content) -> str | None:
    """Refuses everything, and does not say why."""
    return " "


async def broken(content: Content) -> str | None:
    raise OSError("The moderation is down.")


async def silent(content: Content) -> str | None:
    JUDGED.append(content)
    await asyncio.get_running_loop().create_future()
    return None


async def strange(content: Content) -> Any:
    return False
