"""Posts at Medium.

Source: github.com/Medium/medium-api-docs. Medium gives out no new tokens; those that there are work.
"""

from collections.abc import AsyncIterator
from typing import Any, Literal

from blocks.answers import find, part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.paths import path_part
from blocks.prices import Price
from blocks.service import Service, without_nones

MEDIUM = Service("Medium", "https://api.medium.com")


class PublishToMediumBlock(Block):
    """Publishes a post under the author's own name."""

    id = "3f7b2dcb-4a78-4e3f-b0f1-88132e1b89df"
    description = "Publishes a post at Medium."
    categories = frozenset({Category.SOCIAL})
    effect = Effect.ONCE
    is_sensitive = True
    prices = (Price(1),)
    examples = (
        Example(
            input={"title": "Hello", "content": "# Hello", "content_format": "markdown", "publish_status": "public"},
            output=[
                ("post_id", "e6f36a"),
                ("post_url", "https://medium.com/@ada/hello-e6f36a"),
                ("published_at", 1442286338435),
            ],
            web={
                "GET https://api.medium.com/v1/me": {"data": {"id": "5303d7"}},
                "POST https://api.medium.com/v1/users/5303d7/posts": {
                    "data": {
                        "id": "e6f36a",
                        "url": "https://medium.com/@ada/hello-e6f36a",
                        "publishedAt": 1442286338435,
                    }
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("medium", description="An integration token of Medium.")
        author_id: str = Pin(default="", description="The id of the author. Empty for the owner of the token.")
        title: str = Pin(description="The title. To be seen in the post it must stand in the text, too.")
        content: str = Pin(description="The text.")
        content_format: Literal["html", "markdown"] = Pin(default="html", description="How the text is written.")
        tags: list[str] = Pin(default_factory=list, description="Tags. Medium takes the first few.")
        canonical_url: str | None = Pin(default=None, description="Where the text was published first.")
        publish_status: Literal["public", "draft", "unlisted"] = Pin(default="draft", description="Who can see it.")
        license: str = Pin(default="all-rights-reserved", description="The licence, as Medium calls it.")
        notify_followers: bool = Pin(default=False, description="Whether followers are told.")

    class Output(Pins):
        post_id: str = Pin(description="The id of the post.")
        post_url: str = Pin(description="Its address.")
        published_at: int = Pin(description="When it was published, in milliseconds since 1970; 0 for a draft.")
        error: str = Pin(description="Why there is no post.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        author = input.author_id or str(part(MEDIUM, await MEDIUM.ask(context, "GET", "/v1/me"), "data", "id"))
        said = await MEDIUM.ask(context, "POST", f"/v1/users/{path_part(author)}/posts", json=_post(input))
        yield "post_id", part(MEDIUM, said, "data", "id")
        yield "post_url", part(MEDIUM, said, "data", "url")
        yield "published_at", find(said, "data", "publishedAt") or 0


def _post(input: PublishToMediumBlock.Input) -> dict[str, Any]:
    return without_nones(
        {
            "title": input.title,
            "content": input.content,
            "contentFormat": input.content_format,
            "tags": input.tags,
            "canonicalUrl": input.canonical_url or None,
            "publishStatus": input.publish_status,
            "license": input.license,
            "notifyFollowers": input.notify_followers,
        }
    )
