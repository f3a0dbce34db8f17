"""DataForSEO Labs, as docs.dataforseo.com/v3/dataforseo_labs/google describes it."""

from typing import Any

from tests.world.server import World

BASE = "https://api.dataforseo.com"
SUGGESTIONS = f"POST {BASE}/v3/dataforseo_labs/google/keyword_suggestions/live"
RELATED = f"POST {BASE}/v3/dataforseo_labs/google/related_keywords/live"

OK = 20000

GREEN_TEA = {
    "keyword": "green tea",
    "keyword_info": {"search_volume": 40500, "competition": 0.7, "cpc": 1.2},
    "keyword_properties": {"keyword_difficulty": 62},
    "serp_info": {"se_results_count": "5230000"},
    "clickstream_keyword_info": {"search_volume": 39000},
}
RARE_TEA = {"keyword": "tea of the moon", "keyword_info": None, "keyword_properties": None}


def open_dataforseo(world: World) -> None:
    world.says(SUGGESTIONS, answer([GREEN_TEA, RARE_TEA]))
    world.says(RELATED, answer([{"keyword_data": GREEN_TEA, "depth": 1, "related_keywords": ["teapot"]}]))


def answer(items: list[dict[str, Any]] | None, *, code: int = OK, message: str = "Ok.") -> dict[str, Any]:
    """items: None for a task that has no result."""
    result = None if items is None else [{"seed_keyword": "tea", "items_count": len(items), "items": items}]
    task = {"id": "t-1", "status_code": code, "status_message": message, "result": result}
    return {"version": "0.1", "status_code": OK, "status_message": "Ok.", "tasks_count": 1, "tasks": [task]}
