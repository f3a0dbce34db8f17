"""Processes write nothing but lines of the one form, whoever of their libraries has something to say."""

import json
from urllib.request import urlopen

import pytest

from executor.statuses import Status
from tests.executor.building import build
from tests.executor.processes import process, web_server
from tests.executor.running import fresh, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: Unbuffered, so that nothing is lost with a process that is killed.
AS_JSON = {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "PYTHONUNBUFFERED": "1"}


def test_worker_and_web_server_write_json_and_nothing_else(redis_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    ada = make_user()
    execution = started(ada, build({"x": ("Explode", {"value": "canary-4711", "message": "canary-4711"})}))
    with process("rqworker", "--burst", **AS_JSON) as worker, web_server(**AS_JSON) as address:
        with urlopen(f"http://{address}/healthz?token=canary-4711", timeout=20) as answer:
            request_id = answer.headers["Request-Id"]
        assert worker.wait(60) == 0
    assert fresh(execution).status == Status.COMPLETED
    out, err = capfd.readouterr()
    assert out == ""
    found = [json.loads(line) for line in err.splitlines()]
    assert {line["logger"].partition(".")[0] for line in found} >= {"executor", "rq", "daphne", "api"}
    [ended] = [line for line in found if line.get("action") == "execution_finished"]
    assert (ended["execution_id"], ended["user_id"]) == (str(execution.id), str(ada.pk))
    assert [line["request_id"] for line in found if line.get("action") == "request_answered"] == [request_id]
    assert "canary-4711" not in err
