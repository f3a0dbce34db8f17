"""What a first visitor finds, however often Sluice is started."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.up import demo
from credits.models import Account
from graphs.models import GraphVersion

pytestmark = pytest.mark.django_db


def test_the_user_and_its_credits_are_made_once() -> None:
    first, second = demo.demo_user(), demo.demo_user()
    assert first == second
    assert first.email == "demo@sluice.example"
    assert Account.objects.get(user=first).balance == demo.DEMO_CREDITS


def test_the_password_is_new_at_each_start_until_it_was_used() -> None:
    user = demo.demo_user()
    first, second = demo.one_time_password(user), demo.one_time_password(user)
    assert first != second
    assert second is not None
    assert user.check_password(second)
    user.last_login = datetime.now(UTC)
    assert demo.one_time_password(user) is None
    assert user.check_password(second)


def test_each_example_is_imported_once_and_again_when_it_was_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "EXAMPLES", tmp_path)
    user = demo.demo_user()
    for name in ("one", "one", "other"):
        _write(tmp_path / "graph.json", name)
        assert demo.import_examples(user) == []
    assert sorted(GraphVersion.objects.values_list("name", flat=True)) == ["one", "other"]


def test_a_broken_example_is_told_and_keeps_no_other_from_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "EXAMPLES", tmp_path)
    (tmp_path / "a.json").write_text("{")
    _write(tmp_path / "b.json", "good")
    [refusal] = demo.import_examples(demo.demo_user())
    assert "a.json was not imported: " in refusal
    assert GraphVersion.objects.get().name == "good"


def _write(path: Path, name: str) -> None:
    path.write_text(json.dumps({"name": name, "description": "", "nodes": [], "links": []}))
