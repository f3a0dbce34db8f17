"""What is known in the fake world. It follows from the question, so whoever reads an answer sees what was asked.

The search and the models that look things up give it.
"""

import re
from collections.abc import Callable

LEADER = "Grace Hopper"
#: The text of every page, in the form of a home page.
PAGE = """<html><head><title>{title}</title></head><body><nav>Home, Prices, Contact</nav><article><h1>{title}</h1>
<p>We build automations that run while you sleep, and {title} is where they begin. Our customers save many hours each
week, as they tell us again and again, and none of them has ever wanted to go back to doing it by hand.</p></article>
</body></html>"""


def found(query: str) -> str:
    """What the pages say that are found for a query."""
    for pattern, saying in _FINDINGS:
        if match := pattern.search(query):
            return saying(*match.groups())
    return f"Three things are known of “{query}”: when it began, why it went on for so long, and how it ended."


def leads(business: str) -> str:
    """Who leads a business, as one sentence."""
    return f"{LEADER} is the CEO of {business}."


def _address(name: str, place: str) -> str:
    """Beside one that is somebody else's."""
    mailbox = ".".join(name.lower().split())
    return f"Contact {name} ({place}) by {mailbox}@example.org. The editors of this page are at editors@example.net."


def _guests(business: str, address: str) -> str:
    """No word of the owner."""
    return f"What guests say of {business} ({address}): friendly people, fresh buns."


def _register(business: str) -> str:
    return f"The register names {LEADER} as the owner of {business}."


_FINDINGS: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = (
    (re.compile(r"Email Address of (.+), (.+)"), _address),
    (re.compile(r"Who is the owner of: (.+) at: (.+)"), _guests),
    (re.compile(r"Register entry of (.+)"), _register),
)
