"""Medium, as github.com/Medium/medium-api-docs describes it."""

from tests.world.server import Call, Said, World

BASE = "https://api.medium.com"
ME = f"GET {BASE}/v1/me"
NEW_POST = f"POST {BASE}/v1/users/*/posts"


def open_medium(world: World) -> None:
    world.says(ME, {"data": {"id": "5303d7", "username": "ada", "name": "Ada"}})
    world.says(NEW_POST, _post)


def _post(call: Call) -> Said:
    published = {} if call.json["publishStatus"] == "draft" else {"publishedAt": 1442286338435}
    made = {"id": "e6f36a", "title": call.json["title"], "url": "https://medium.com/@ada/hello-e6f36a", **published}
    return 201, {"data": made}
