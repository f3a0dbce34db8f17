"""What an execution finds around itself."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from blocks.context import GraphRunner, Reviews, Services
from credits.pricing.book import PriceBook
from executor.engine.credentials import Credentials, NoCredentials
from executor.engine.judging import Moderation
from executor.engine.limits import Limits
from executor.engine.threads import Threads
from executor.events import TextShown
from graphs.plan import Plan


class Files(Protocol):
    """Where values are kept that are too large for rows."""

    async def keep(self, path: str, text: str) -> str:
        """Keep a JSON text under this path, or one like it; the path it then has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Made for each execution by whoever runs it."""

    #: The plans of this graph and of all graphs that it may run inside itself, by (graph id, version);
    #: version None is the active one.
    plans: Mapping[tuple[str, int | None], Plan]
    #: Makes the services of blocks, given the doors to sub-graphs and to reviews.
    services: Callable[[GraphRunner, Reviews], Services]
    #: The prices in force when the execution was taken up.
    prices: PriceBook
    limits: Limits
    timezone: str
    #: For blocks that block.
    threads: Threads = field(default_factory=Threads)
    #: A number from 0 to 1, another one each time.
    chance: Callable[[], float] = random.random
    credentials: Credentials = field(default_factory=NoCredentials)
    #: None if nothing is moderated.
    moderation: Moderation | None = None
    #: Blocks that may not run: `{id: why}`.
    refused: Mapping[str, str] = field(default_factory=dict)
    files: Files
    #: Tells whoever looks what blocks are writing; None if nobody is told.
    show_texts: Callable[[Sequence[TextShown]], Awaitable[None]] | None = None
