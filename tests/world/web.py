"""The open web: what the search of Jina finds (jina.ai/reader), home pages, and the register of .com names.

The register speaks RDAP (RFC 9083).
"""

from urllib.parse import urlsplit

from tests.world.knowledge import PAGE, found
from tests.world.server import Call, Said, World

SEARCH = "GET https://s.jina.ai/"
HOME = "GET https://agpt.co/"
DOMAIN = "GET https://rdap.verisign.com/com/v1/domain/*"
#: Longer names are still to be had.
MOST_LETTERS_TAKEN = 7


def open_web(world: World) -> None:
    world.says(SEARCH, _search)
    world.says(HOME, _page)
    world.says(DOMAIN, _domain)


def _search(call: Call) -> Said:
    if "authorization" not in call.headers:
        return 401, {"code": 401, "message": "Authentication is required"}
    query = call.params["q"]
    result = {"title": f"On {query}", "url": "https://example.org/found", "content": found(query)}
    return {"code": 200, "status": 20000, "data": [result]}


def _page(call: Call) -> Said:
    return 200, PAGE.format(title=urlsplit(call.address).netloc), {"Content-Type": "text/html; charset=utf-8"}


def _domain(call: Call) -> Said:
    name = call.address.rpartition("/")[2]
    if len(name.removesuffix(".com")) > MOST_LETTERS_TAKEN:
        return 404, {"errorCode": 404, "title": "Not Found"}
    return {"objectClassName": "domain", "ldhName": name.upper(), "status": ["active"]}
