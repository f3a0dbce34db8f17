"""What the blocks of GitHub have in common (REST, version 2022-11-28)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from blocks.base import Block, Category, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import Service
from blocks.web import HeaderValue

PAGE_SIZE = 100
#: Of a list, however many of its entries are left out.
MAX_PAGES = 20
MAX_ENTRIES = 1_000

REPOSITORY = re.compile(r"https?://(?:www\.)?github\.com/([\w-]+)/([\w.-]*[\w-])/?", re.ASCII)
ISSUE = re.compile(REPOSITORY.pattern.removesuffix("/?") + r"/(?:issues|pull)/(\d+)(?:[/?#].*)?", re.ASCII)
COMMENT = re.compile(REPOSITORY.pattern.removesuffix("/?") + r"/(?:issues|pull)/\d+#issuecomment-(\d+)", re.ASCII)


def _headers(credential: Credential) -> Mapping[str, HeaderValue]:
    return {
        **credential.bearer(),
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "Sluice",
    }


GITHUB = Service("GitHub", "https://api.github.com", _headers)


class GithubPins(Pins):
    """What every block of GitHub needs."""

    credentials: CredentialReference = CredentialsPin(
        "github",
        types=(CredentialType.API_KEY, CredentialType.OAUTH2),
        scopes=("repo",),
        description="A token that may read, or write, what the block works on.",
    )


class IssuePins(GithubPins):
    """Of blocks for one issue."""

    issue_url: str = Pin(
        description="The address of the issue or pull request.", placeholder="https://github.com/owner/repo/issues/1"
    )


class RepositoryPins(GithubPins):
    """Of blocks for one repository."""

    repo_url: str = Pin(description="The address of the repository.", placeholder="https://github.com/owner/repo")


class GithubBlock(Block):
    """Base of all blocks of GitHub."""

    categories = frozenset({Category.DEVELOPER_TOOLS})
    prices = (Price(1),)


async def entries(
    context: Context, path: str, params: dict[str, Any], *, limit: int, left_out: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """The first `limit` entries of a list, page after page. left_out: entries that have one of these keys."""
    found: list[dict[str, Any]] = []
    for number in range(1, MAX_PAGES + 1):
        page = await GITHUB.ask_list(context, "GET", path, params=params | {"per_page": PAGE_SIZE, "page": number})
        found += [entry for entry in page if isinstance(entry, dict) and not left_out & entry.keys()]
        if len(page) < PAGE_SIZE or len(found) >= limit:
            break
    return found[:limit]


def each_then_all(one: str, all_: str, found: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The outputs of a block that lists. one, all_: what they are called."""
    yield from ((one, entry) for entry in found)
    yield all_, found


def repository_path(url: str) -> str:
    """Raises BlockError for what is no address of a repository."""
    owner, name = matched(REPOSITORY, url, "repo_url", "https://github.com/owner/repo")
    return f"/repos/{owner}/{name.removesuffix('.git')}"


def issue_path(url: str) -> str:
    """Raises BlockError for what is no address of an issue or pull request."""
    owner, name, number = matched(ISSUE, url, "issue_url", "https://github.com/owner/repo/issues/1")
    return f"/repos/{owner}/{name}/issues/{number}"


def matched(pattern: re.Pattern[str], url: str, pin: str, wanted: str) -> tuple[str, ...]:
    """The parts of the address that the pattern names. Raises BlockError, with what the pin should be like."""
    match = pattern.fullmatch(url.strip())
    if match is None:
        raise BlockError(f"{pin} must be like {wanted}, not {url[:200]}.")
    return match.groups()
