"""Which tests the everyday suite runs with one kind of database only. `--nightly` runs all with both.

PostgreSQL is for what journal, claims, locks and the ledger do to it; what is about the engine, the web or processes
runs with SQLite, and what kills processes or hammers on the ledger, with PostgreSQL.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDERS = "accounts api blocks console executor/worker graphs house realtime reliability simulation"
ENGINE = """
    blocking_blocks carrying chat_loop credential delivery dry_run estimate examples fair_worker
    graph_limits injected inner_masks launch_options limits_inside live_texts mcp moderation optional orchestrator
    outward policies presets queueing random_graphs real_agents refused sample service_blocks single_block sprint
    summary tool_calls troubles workspace
"""
PROCESSES = (
    "executor/test_clock executor/test_killed executor/reviews/test_killed test_front_door test_client test_upstream"
)
PAGES = """
    executor/test_admin executor/reviews/test_sensitive credits/test_admin credits/test_export credits/test_no_floats
    credits/pricing/test_admin credits/payments/test_sand credits/payments/test_admin credits/payments/test_checkout
    credits/payments/test_customers credits/payments/test_disputes notifications/test_admin notifications/test_t
"""
ON_SQLITE = (
    *(f"{folder}/" for folder in FOLDERS.split()),
    *(f"executor/test_{topic}" for topic in ENGINE.split()),
    *PROCESSES.split(),
    *PAGES.split(),
)
ON_POSTGRES = ("chaos/", "credits/test_hammer")
#: In a folder of the former, and about databases all the same.
API = "cost_summary deleting files graph_limits graph_versions idempotency node_lists paging sharing"
ON_BOTH = ("accounts/test_key_races", "accounts/test_tries", *(f"api/test_{topic}" for topic in API.split()))


def runs_elsewhere(path: Path, *, on_postgres: bool) -> bool:
    """Whether the tests of this file run with the other kind."""
    place = str(path.relative_to(HERE)) if path.is_relative_to(HERE) else ""
    return place.startswith(ON_SQLITE if on_postgres else ON_POSTGRES) and not place.startswith(ON_BOTH)


def skip_elsewhere(items: list[pytest.Item], *, on_postgres: bool) -> None:
    """Skip what runs with the other kind; only who names such a file gets so far."""
    where = "without" if on_postgres else "with"
    elsewhere = {path for path in {item.path for item in items} if runs_elsewhere(path, on_postgres=on_postgres)}
    for item in items:
        if item.path in elsewhere:
            item.add_marker(pytest.mark.skip(reason=f"runs {where} --postgres, or with --nightly"))
