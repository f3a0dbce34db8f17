"""Firecrawl, as docs.firecrawl.dev/api-reference describes v2. What it is told to crawl is under way for some looks."""

from dataclasses import dataclass
from typing import Any

from tests.world.server import Call, Said, World

BASE = "https://api.firecrawl.dev"
CRAWL = f"POST {BASE}/v2/crawl"
CRAWL_STATUS = f"GET {BASE}/v2/crawl/c-1"
CANCEL_CRAWL = f"DELETE {BASE}/v2/crawl/c-1"
EXTRACT = f"POST {BASE}/v2/extract"
EXTRACT_STATUS = f"GET {BASE}/v2/extract/e-1"
MAP = f"POST {BASE}/v2/map"

PAGES = [
    {
        "markdown": f"# Page {number}",
        "html": f"<h1>Page {number}</h1>",
        "links": ["https://example.org/"],
        "screenshot": "https://cdn.example.org/shot.png",
        "metadata": {"sourceURL": f"https://example.org/{number}", "statusCode": 200},
    }
    for number in range(3)
]


@dataclass
class Firecrawl:
    """looks: how often it is asked before it has finished.  part: pages in one answer."""

    world: World
    looks: int = 2
    part: int = 2
    _looks: int = 0

    def open(self) -> None:
        self.world.says(CRAWL, {"success": True, "id": "c-1", "url": "http://api.firecrawl.dev/v2/crawl/c-1"})
        self.world.says(CRAWL_STATUS, self._crawl)
        self.world.says(CANCEL_CRAWL, {"status": "cancelled"})
        self.world.says(EXTRACT, {"success": True, "id": "e-1"})
        self.world.says(EXTRACT_STATUS, self._extract)
        self.world.says(MAP, {"success": True, "links": _links()})

    def _crawl(self, call: Call) -> Said:
        if not self._has_finished():
            return {"success": True, "status": "scraping", "total": 3, "completed": 0, "data": []}
        start = int(call.params.get("skip", 0))
        following = start + self.part
        more = {"next": f"http://elsewhere.example/v2/crawl/c-1?skip={following}"} if following < len(PAGES) else {}
        return {"success": True, "status": "completed", "data": PAGES[start:following], **more}

    def _extract(self, call: Call) -> Said:
        if not self._has_finished():
            return {"success": True, "status": "processing", "data": []}
        return {"success": True, "status": "completed", "data": {"title": "Welcome"}}

    def _has_finished(self) -> bool:
        self._looks += 1
        return self._looks > self.looks


def _links() -> list[dict[str, Any]]:
    return [
        {"url": "https://example.org/", "title": "Welcome", "description": "The first page"},
        {"url": "https://example.org/prices"},
    ]
