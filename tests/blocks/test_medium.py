from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.medium import PublishToMediumBlock
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.medium import ME, NEW_POST, open_medium
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

#: As the graph "Medium Blogger" has it.
POSTING = {
    "author_id": "",
    "title": "Hello",
    "content": "# Hello",
    "content_format": "markdown",
    "tags": ["AI", "LLM"],
    "publish_status": "public",
    "license": "all-rights-reserved",
    "notify_followers": False,
    "api_key": "",
}


async def test_a_post_is_published_under_the_name_of_who_owns_the_token(world: World) -> None:
    open_medium(world)
    emitted = await ask(PublishToMediumBlock(), POSTING, world)
    assert emitted == [
        ("post_id", "e6f36a"),
        ("post_url", "https://medium.com/@ada/hello-e6f36a"),
        ("published_at", 1442286338435),
    ]
    me, post = world.calls
    assert me.address == "https://api.medium.com/v1/me"
    assert post.address == "https://api.medium.com/v1/users/5303d7/posts"
    assert post.headers["authorization"] == f"Bearer {CANARY}"
    assert post.json == {
        "title": "Hello",
        "content": "# Hello",
        "contentFormat": "markdown",
        "tags": ["AI", "LLM"],
        "publishStatus": "public",
        "license": "all-rights-reserved",
        "notifyFollowers": False,
    }


async def test_an_author_who_is_named_is_not_asked_for(world: World) -> None:
    open_medium(world)
    await ask(PublishToMediumBlock(), POSTING | {"author_id": "77ab", "canonical_url": "https://example.org/1"}, world)
    [post] = world.calls
    assert post.address == "https://api.medium.com/v1/users/77ab/posts"
    assert post.json["canonicalUrl"] == "https://example.org/1"


async def test_a_draft_was_not_published_at_any_time(world: World) -> None:
    open_medium(world)
    emitted = dict(await ask(PublishToMediumBlock(), {"title": "Hello", "content": "x"}, world))
    assert world.calls[1].json["publishStatus"] == "draft"
    assert emitted["published_at"] == 0


@pytest.mark.parametrize("said", [{}, {"data": None}, {"data": []}, {"data": {"name": "Ada"}}])
async def test_an_owner_whom_medium_does_not_name_publishes_nothing(world: World, said: Any) -> None:
    open_medium(world)
    world.says(ME, said)
    with pytest.raises(BlockError, match=r"without data\.id"):
        await ask(PublishToMediumBlock(), POSTING, world)
    assert len(world.calls) == 1


async def test_a_refused_token_is_told_in_mediums_words(world: World) -> None:
    world.says(ME, (401, {"errors": [{"message": "Token was invalid.", "code": 6003}]}))
    with pytest.raises(BlockError, match=r"Medium answered with status 401: Token was invalid\."):
        await ask(PublishToMediumBlock(), POSTING, world)


@each_trouble
@pytest.mark.parametrize(
    ("asked", "author"), [(ME, ""), (NEW_POST.replace("*", "5303d7"), "5303d7")], ids=["me", "post"]
)
async def test_trouble_is_told(trouble: Trouble, world: World, asked: str, author: str) -> None:
    await assert_told(trouble, world, asked, PublishToMediumBlock(), POSTING | {"author_id": author})
