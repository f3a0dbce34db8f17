import pytest

from blocks.errors import BlockError
from blocks.library.wordpress import WordPressCreatePostBlock, site_name
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble
from tests.world.wordpress import NEW_POST, open_wordpress

POSTING = {"site": "https://example.wordpress.com/", "title": "Hello", "content": "<p>World</p>"}


async def test_a_post_is_published(world: World) -> None:
    open_wordpress(world)
    emitted = dict(await ask(WordPressCreatePostBlock(), POSTING, world))
    assert emitted["site"] == POSTING["site"]
    assert emitted["post_id"] == 7
    assert emitted["post_url"] == "https://example.wordpress.com/2026/01/02/hello/"
    assert emitted["short_url"] == "https://wp.me/p1-7"
    assert emitted["post_data"]["status"] == "publish"
    [call] = world.calls
    assert call.json == {"title": "Hello", "content": "<p>World</p>", "status": "publish"}
    assert call.headers["authorization"] == f"Bearer {CANARY}"


async def test_all_that_was_given_is_sent(world: World) -> None:
    open_wordpress(world)
    more = {
        "excerpt": "In short",
        "slug": "hello",
        "author": "ada",
        "categories": ["News"],
        "tags": ["a", "b"],
        "featured_image": "12",
        "media_urls": ["https://example.org/a.png"],
    }
    await ask(WordPressCreatePostBlock(), POSTING | more | {"publish_as_draft": True}, world)
    assert world.calls[0].json == {"title": "Hello", "content": "<p>World</p>", "status": "draft", **more}


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("example.wordpress.com", "example.wordpress.com"),
        (" https://example.wordpress.com/ ", "example.wordpress.com"),
        ("http://example.org", "example.org"),
        ("123456", "123456"),
        ("example.org/blog", "example.org/blog"),
    ],
)
def test_a_site_may_be_given_as_an_address(site: str, name: str) -> None:
    assert site_name(site) == name


async def test_a_site_is_no_path(world: World) -> None:
    world.says(
        "POST https://public-api.wordpress.com/rest/v1.1/sites/../me/posts/new", (404, {"message": "Unknown blog"})
    )
    with pytest.raises(BlockError, match="404: Unknown blog"):
        await ask(WordPressCreatePostBlock(), POSTING | {"site": "../me"}, world)


async def test_an_answer_without_a_post_is_refused(world: World) -> None:
    world.says(NEW_POST, {"title": "Hello"})
    with pytest.raises(BlockError, match="WordPress gave an answer without ID"):
        await ask(WordPressCreatePostBlock(), POSTING, world)


def test_its_owner_may_want_to_see_a_post_first() -> None:
    assert WordPressCreatePostBlock.is_sensitive


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, NEW_POST, WordPressCreatePostBlock(), POSTING)
