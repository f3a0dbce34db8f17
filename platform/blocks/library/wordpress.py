"""Posts of sites at WordPress.com, or connected to it by Jetpack.

Source: developer.wordpress.com/docs/api/1.1/post/sites/%24site/posts/new
"""

from collections.abc import AsyncIterator
from typing import Any

from blocks.answers import find, part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin, CredentialType
from blocks.paths import path_part
from blocks.prices import Price
from blocks.service import Service

WORDPRESS = Service("WordPress", "https://public-api.wordpress.com")


class WordPressCreatePostBlock(Block):
    """Publishes a post, or leaves it as a draft."""

    id = "ee4fe08c-18f9-442f-a985-235379b932e1"
    description = "Publishes a post on a site of WordPress.com or Jetpack."
    categories = frozenset({Category.SOCIAL})
    effect = Effect.ONCE
    is_sensitive = True
    prices = (Price(1),)
    examples = (
        Example(
            input={"site": "example.wordpress.com", "title": "Hello", "content": "<p>World</p>"},
            output=[
                ("site", "example.wordpress.com"),
                ("post_id", 7),
                ("post_url", "https://example.wordpress.com/hello/"),
                ("short_url", "https://wp.me/p1-7"),
                ("post_data", dict),
            ],
            web={
                "POST https://public-api.wordpress.com/rest/v1.1/sites/example.wordpress.com/posts/new": {
                    "ID": 7,
                    "URL": "https://example.wordpress.com/hello/",
                    "short_URL": "https://wp.me/p1-7",
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin(
            "wordpress",
            types=(CredentialType.OAUTH2,),
            scopes=("posts", "media"),
            description="A connected account of WordPress.com.",
        )
        site: str = Pin(description="The site, by its address or its number.", placeholder="example.wordpress.com")
        title: str = Pin(description="The title.")
        content: str = Pin(description="The text, as HTML.")
        excerpt: str | None = Pin(default=None, description="What lists show of it.")
        slug: str | None = Pin(default=None, description="The last part of its address.")
        author: str | None = Pin(default=None, description="The name or the number of its author.")
        categories: list[str] = Pin(default_factory=list, description="Categories, by name or number.")
        tags: list[str] = Pin(default_factory=list, description="Tags, by name or number.")
        featured_image: str | None = Pin(default=None, description="The number of a picture on the site.")
        media_urls: list[str] = Pin(default_factory=list, description="Addresses of pictures to be copied to the site.")
        publish_as_draft: bool = Pin(default=False, description="Whether it stays a draft.")

    class Output(Pins):
        site: str = Pin(description="The site.")
        post_id: int = Pin(description="The number of the post.")
        post_url: str = Pin(description="Its address.")
        short_url: str = Pin(description="Its short address.")
        post_data: dict[str, Any] = Pin(description="All that WordPress says of it.")
        error: str = Pin(description="Why there is no post.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path = f"/rest/v1.1/sites/{path_part(site_name(input.site))}/posts/new"
        said = await WORDPRESS.ask(context, "POST", path, json=_post(input), timeout_seconds=60)
        yield "site", input.site
        yield "post_id", part(WORDPRESS, said, "ID")
        yield "post_url", part(WORDPRESS, said, "URL")
        yield "short_url", find(said, "short_URL") or ""
        yield "post_data", said


def site_name(site: str) -> str:
    """Without what makes an address of it."""
    return site.strip().removeprefix("https://").removeprefix("http://").strip("/")


def _post(input: WordPressCreatePostBlock.Input) -> dict[str, Any]:
    """What was not given is left out."""
    optional = input.model_dump(
        include={"excerpt", "slug", "author", "categories", "tags", "featured_image", "media_urls"}
    )
    given = {name: value for name, value in optional.items() if value}
    status = "draft" if input.publish_as_draft else "publish"
    return {"title": input.title, "content": input.content, "status": status, **given}
