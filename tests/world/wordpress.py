"""WordPress.com, as developer.wordpress.com/docs/api/1.1 describes it."""

from tests.world.server import Call, Said, World

BASE = "https://public-api.wordpress.com"
NEW_POST = f"POST {BASE}/rest/v1.1/sites/example.wordpress.com/posts/new"


def open_wordpress(world: World) -> None:
    world.says(NEW_POST, _post)


def _post(call: Call) -> Said:
    return {
        "ID": 7,
        "site_ID": 1,
        "title": call.json["title"],
        "URL": "https://example.wordpress.com/2026/01/02/hello/",
        "short_URL": "https://wp.me/p1-7",
        "status": call.json["status"],
    }
