"""`/metrics`: what is there, for whom, how much of it, and whether rules and dashboard ask for what exists."""

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from django.db import connection, transaction
from django.test import Client
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from accounts.keys import issue
from accounts.models import User
from config.metrics.bounded import SERIES_MAX, Bounded
from config.metrics.page import registry
from credits.figures import drifted
from credits.ledger import charge
from credits.models import Account, TransactionType
from credits.moved import moved
from credits.payments.models import Payment, PaymentKind
from executor.sweeping.counting import count
from reliability.durations import Durations
from reliability.figures import PROCESS, serve
from tests.executor.building import build
from tests.executor.running import ran, started
from tests.factories import make_user
from tests.house.processes import ROOT

TOKEN = "operators-only-0123456789"
OPERATIONS = ROOT / "docs" / "operations"
#: What O10 of the promises asks for, by the names they have here.
PROMISED = {
    "sluice_oldest_queued_seconds",
    "sluice_queue_wait_seconds_count",
    "sluice_repairs_total",
    "sluice_leases_lost_total",
    "sluice_resumes_total",
    "sluice_ledger_drift_accounts",
    "sluice_holds_open",
    "sluice_socket_frames_dropped_total",
    "sluice_sockets",
    "sluice_failed_closed_total",
    "sluice_outbox_depth",
    "sluice_outbox_oldest_seconds",
    "sluice_credits_total",
    "sluice_accounts_overdrawn",
    "sluice_payments_pending_oldest_seconds",
    "sluice_schedules",
    "sluice_schedules_late_seconds",
    "sluice_auth_attempts_total",
    "sluice_rate_limit_hits_total",
    "sluice_journal_batch_rows_count",
    "sluice_journal_commit_seconds_count",
    "rq_jobs",
    "django_http_requests_before_middlewares_total",
}
#: In workers only.
OF_WORKERS = {
    "execution_manager_active_runs",
    "execution_manager_pool_size",
    "execution_manager_utilization_ratio",
    "sluice_block_executions_total",
    "sluice_block_duration_seconds_count",
    "sluice_graph_executions_total",
    "sluice_graph_execution_duration_seconds_count",
}
NAME = re.compile(r"\b(?:sluice|execution_manager|rq|django)_[a-z_]+\b")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def test_what_is_promised_is_there(redis_url: str, ada: User, client: Client) -> None:
    client.get("/")
    assert names() >= PROMISED
    said = page()
    assert said["sluice_repairs_total", "taken_over"] == 0
    assert said["sluice_repairs_total", "rung_again"] == 0
    count("taken_over", 3)
    assert page()["sluice_repairs_total", "taken_over"] == 3


def test_only_operators_read_it(redis_url: str, client: Client, settings: Any) -> None:
    assert client.get("/metrics").status_code == 403
    user = make_user(password="of ada")
    assert client.login(username=user.email, password="of ada")
    assert client.get("/metrics").status_code == 403
    settings.OPERATOR_TOKEN = TOKEN
    with_token = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert with_token.status_code == 200
    assert b"sluice_holds_open" in with_token.content
    make_user("admin@example.org", is_staff=True, password="of the admin")
    assert client.login(username="admin@example.org", password="of the admin")
    assert client.get("/metrics").status_code == 200


def test_an_execution_is_counted_where_it_runs(redis_url: str, ada: User) -> None:
    before = process_counters()
    ran(ada, build({"a": ("Echo", {"value": 1}), "b": ("Echo", {"value": 2})}))
    after = process_counters()
    assert (
        after["sluice_graph_executions_total", "COMPLETED"] - before["sluice_graph_executions_total", "COMPLETED"] == 1
    )
    block = next(key for key in after if key[0] == "sluice_block_executions_total" and after[key] > before[key])
    assert after[block] - before[block] == 2
    assert block[1] == "Echo,COMPLETED"
    of_blocks, of_graphs = "sluice_block_duration_seconds_count", "sluice_graph_execution_duration_seconds_count"
    assert after[of_blocks, "Echo"] - before[of_blocks, "Echo"] == 2
    assert after[of_graphs, "COMPLETED"] - before[of_graphs, "COMPLETED"] == 1
    for name in (
        "sluice_journal_commit_seconds_count",
        "sluice_journal_batch_rows_count",
        "sluice_queue_wait_seconds_count",
    ):
        assert after[name, ""] > before[name, ""]


def test_credits_are_counted_by_their_type(ada: User) -> None:
    before = moved.total(TransactionType.USAGE)
    charge(Account.objects.get(user=ada).id, amount=7, key="x", reason="x")
    assert moved.total(TransactionType.USAGE) == before + 7
    assert ("sluice_credits_total", "USAGE") in process_counters()


def test_credits_of_an_execution_are_counted(redis_url: str, ada: User) -> None:
    """The journal commits in its own way."""
    before = moved.total(TransactionType.USAGE)
    ran(ada, build({"p": ("Pause", {"value": 1, "seconds": 0})}))
    assert moved.total(TransactionType.USAGE) == before + 1


def test_credits_that_were_not_committed_are_not_counted(ada: User) -> None:
    before = moved.total(TransactionType.USAGE)
    with transaction.atomic():
        charge(Account.objects.get(user=ada).id, amount=7, key="x", reason="x")
        assert moved.total(TransactionType.USAGE) == before
        transaction.set_rollback(True)
    assert moved.total(TransactionType.USAGE) == before


def test_keys_and_passwords_are_counted_by_their_success(ada: User, client: Client) -> None:
    key = issue(ada, name="tests")[1]
    before = process_counters()
    for shown in (key, key, "slk_wrong"):
        Client().get("/api/v1/graphs", headers={"Authorization": f"Bearer {shown}"})
    client.post("/sign-in", {"login": ada.email, "password": "wrong"})
    after = process_counters()
    attempts = [("key", "right"), ("key", "wrong"), ("sign-in", "wrong"), ("sign-in", "right")]
    keys = [("sluice_auth_attempts_total", ",".join(attempt)) for attempt in attempts]
    assert [after[key] - before[key] for key in keys] == [2, 1, 1, 0]


def test_what_is_asked_too_often_is_counted_by_its_limit(redis_url: str, client: Client, settings: Any) -> None:
    settings.API_ANONYMOUS_PER_MINUTE = 1
    before = process_counters()
    statuses = [client.get("/api/v1/graphs").status_code for _ in range(3)]
    after = process_counters()
    hits = ("sluice_rate_limit_hits_total", "API_ANONYMOUS_PER_MINUTE")
    assert after[hits] - before[hits] == statuses.count(429) == 2


def test_durations_fall_into_their_buckets() -> None:
    durations = Durations("d", "", label="what", bounds=(1, 3))
    durations.note([("a", 0.5), ("a", 1), ("a", 2), ("a", 60), ("b", 3.5)])
    [family] = durations.collect()
    found = {(sample.name, *sample.labels.values()): sample.value for sample in family.samples}
    assert found == {
        ("d_bucket", "a", "1.0"): 2,
        ("d_bucket", "a", "3.0"): 3,
        ("d_bucket", "a", "+Inf"): 4,
        ("d_count", "a"): 4,
        ("d_sum", "a"): 63.5,
        ("d_bucket", "b", "1.0"): 0,
        ("d_bucket", "b", "3.0"): 0,
        ("d_bucket", "b", "+Inf"): 1,
        ("d_count", "b"): 1,
        ("d_sum", "b"): 3.5,
    }


def test_how_late_schedules_and_payments_are(ada: User) -> None:
    now = datetime.now(UTC)
    account = Account.objects.get(user=ada)
    Payment.objects.create(
        account=account,
        provider="sandbox",
        kind=PaymentKind.TOP_UP,
        amount=1,
        idempotency_key="x",
        created_at=now - timedelta(minutes=5),
        expires_at=now,
    )
    said = page()
    assert said["sluice_payments_pending", ""] == 1
    assert said["sluice_payments_pending_oldest_seconds", ""] >= 300
    assert (said["sluice_schedules", "active"], said["sluice_schedules_late_seconds", ""]) == (0, 0)


def test_drift_is_seen(ada: User) -> None:
    assert drifted() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE credits_account SET balance = balance + 1")
    assert drifted() == Account.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE credits_account SET balance = balance - 1")


def test_no_label_holds_anything_of_a_user(redis_url: str, ada: User, client: Client) -> None:
    execution = started(ada, build({"e": ("Echo", {"value": "canary-4711"})}))
    client.force_login(ada)
    client.get(f"/api/v1/executions/{execution.id}?secret=canary-4711")
    client.get("/canary-4711/not-there")
    text = generate_latest(registry()).decode()
    for personal in (ada.email, str(ada.pk), str(execution.id), str(execution.graph_id), "canary-4711"):
        assert personal not in text


def test_the_page_stays_small_whatever_is_asked_for(redis_url: str, client: Client) -> None:
    for number in range(40):
        client.generic("BREW", f"/nowhere/{number}")
        client.get(f"/api/v1/graphs/{number}")
    assert sum(len(family.samples) for family in registry().collect()) <= SERIES_MAX


def test_a_family_that_is_too_large_is_left_out_and_the_rest_is_there() -> None:
    class Many(Collector):
        def collect(self) -> Iterator[Metric]:
            yield GaugeMetricFamily("first", "", 1)
            many = GaugeMetricFamily("many", "", labels=["n"])
            for number in range(SERIES_MAX):
                many.add_metric([str(number)], 1)
            yield many
            yield GaugeMetricFamily("last", "", 1)

    assert [family.name for family in Bounded([Many()]).collect()] == ["first", "last"]


def test_without_redis_the_rest_is_told(settings: Any, ada: User) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = names()
    assert "sluice_holds_open" in found
    assert "rq_jobs" not in found


def test_a_redis_that_never_answers_does_not_hold_it_up(settings: Any, ada: User) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        begun = time.monotonic()
        assert "sluice_holds_open" in names()
        assert time.monotonic() - begun < 5


def test_each_process_of_a_machine_has_an_address_of_its_own() -> None:
    registries = [CollectorRegistry(), CollectorRegistry()]
    ports = []
    for number, one in enumerate(registries):
        one.register(_Told(number))
        ports.append(serve(one, first_port=19431))
    assert len(set(ports)) == 2
    for number, port in enumerate(ports):
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert f"told {number}.0" in answer.read().decode()


def test_rules_and_dashboard_ask_for_what_is_there(redis_url: str, ada: User, client: Client) -> None:
    client.get("/")
    known = names() | OF_WORKERS | {f"{family.name}_total" for family in PROCESS.collect() if family.type == "counter"}
    buckets = {name.removesuffix("_count") + "_bucket" for name in known if name.endswith("_count")}
    for expression in [*rules(), *panels()]:
        asked = set(NAME.findall(expression))
        assert asked, expression
        assert asked <= known | buckets, expression


def test_the_dashboard_has_what_grafana_needs() -> None:
    dashboard = json.loads((OPERATIONS / "dashboard.json").read_text())
    assert {"title", "uid", "schemaVersion", "panels", "templating"} <= dashboard.keys()
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    for panel in dashboard["panels"]:
        assert {"id", "type", "title", "gridPos", "targets", "datasource"} <= panel.keys()
        assert panel["gridPos"].keys() == {"x", "y", "w", "h"}
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert all(target["expr"] and target["refId"] for target in panel["targets"])


def test_promtool_finds_nothing(redis_url: str, ada: User) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool")
    rules = subprocess.run([promtool, "check", "rules", OPERATIONS / "alerts.yml"], capture_output=True, text=True)
    assert rules.returncode == 0, rules.stdout + rules.stderr
    ours = "".join(line for line in generate_latest(registry()).decode().splitlines(keepends=True) if "sluice_" in line)
    page = subprocess.run([promtool, "check", "metrics"], input=ours, capture_output=True, text=True)
    assert page.returncode == 0, page.stdout + page.stderr


def names() -> set[str]:
    """Of every series on the page, and of families that have none yet."""
    return {sample.name for family in registry().collect() for sample in family.samples} | {
        f"{family.name}_total" for family in PROCESS.collect() if family.type == "counter"
    }


def page() -> dict[tuple[str, str], float]:
    """The page as Prometheus reads it."""
    return as_read(generate_latest(registry()).decode())


def process_counters() -> dict[tuple[str, str], float]:
    found = as_read(generate_latest(PROCESS).decode())
    return _Zeros(found)


class _Zeros(dict[tuple[str, str], float]):
    def __missing__(self, key: tuple[str, str]) -> float:
        return 0.0


class _Told(Collector):
    def __init__(self, number: int) -> None:
        self._number = number

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("told", "", self._number)


def as_read(text: str) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(text)
    return {
        (sample.name, ",".join(value for name, value in sample.labels.items() if name != "le")): sample.value
        for family in families
        for sample in family.samples
    }


def rules() -> list[str]:
    groups = yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    assert all({"alert", "expr", "labels", "annotations"} <= rule.keys() for rule in found)
    assert all({"summary", "description"} <= rule["annotations"].keys() for rule in found)
    return [rule["expr"] for rule in found]


def panels() -> list[str]:
    dashboard = json.loads((OPERATIONS / "dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
