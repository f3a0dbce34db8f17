"""Searching: Jina (s.jina.ai), Brave Search, Tavily, and an instance of SearXNG."""

from typing import Any

from tests.world.server import Call, World

HOSTS = {
    "jina": "s.jina.ai",
    "brave": "api.search.brave.com",
    "tavily": "api.tavily.com",
    "searxng": "search.example.org",
}
GULL = {"title": "Gull", "url": "https://example.org/gull"}
TERN = {"title": "Tern", "url": "https://example.org/tern"}


def stand(world: World) -> None:
    """Answer as each service documents it."""
    world.says("GET https://s.jina.ai/", _jina)
    world.says("GET https://api.search.brave.com/res/v1/web/search", _brave)
    world.says("POST https://api.tavily.com/search", _tavily)
    world.says("GET https://search.example.org/search", _searxng)


def _jina(call: Call) -> Any:
    if "authorization" not in call.headers:
        return 401, {"code": 401, "message": "Authentication is required"}
    described = [{**result, "description": "A bird.", "content": "It eats fish."} for result in (GULL, TERN)]
    return {"code": 200, "status": 20000, "data": described}


def _brave(call: Call) -> Any:
    results = [{**result, "description": "A bird."} for result in (GULL, TERN)]
    return {"type": "search", "web": {"type": "search", "results": results}}


def _tavily(call: Call) -> Any:
    results = [{**result, "content": "A bird.", "score": 0.9} for result in (GULL, TERN)]
    return {"query": call.json["query"], "results": results, "response_time": 0.5}


def _searxng(call: Call) -> Any:
    if call.params.get("format") != "json":
        return 200, "<html></html>"
    return {"query": call.params["q"], "results": [{**result, "content": "A bird."} for result in (GULL, TERN)]}
