"""Updating tables that earlier releases have made, by migrations whose files are gone."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.health.database import check_migrations
from config.health.stopovers import half_applied, stood_for, stopover_needed
from config.up.errors import CannotStart
from config.up.migrations import migrate_if_pending

NEW = ("executor", "0001_squashed_0005_fewer_indexes")
OLD = ("executor", "0005_fewer_indexes")


@pytest.mark.django_db
def test_what_earlier_releases_have_applied_is_not_applied_again() -> None:
    MigrationRecorder(connection).record_unapplied(*NEW)
    assert check_migrations()
    assert migrate_if_pending() is False
    assert check_migrations() == []


@pytest.mark.django_db
def test_tables_too_old_for_this_release_are_left_alone() -> None:
    recorder = MigrationRecorder(connection)
    for name in (OLD, NEW):
        recorder.record_unapplied(*name)
    with pytest.raises(CannotStart, match=r"tables of executor .* first check out acc9bb6"):
        migrate_if_pending()
    with pytest.raises(SystemCheckError, match="first check out acc9bb6"):
        call_command("migrate", skip_checks=False, verbosity=0)
    assert NEW not in recorder.applied_migrations()


@pytest.mark.django_db
def test_nothing_is_in_the_way_of_tables_that_are_new() -> None:
    assert stopover_needed() == ""


def test_all_or_none_of_an_app_may_be_applied() -> None:
    both = {"graphs": {("graphs", "0001"), ("graphs", "0002")}}
    assert half_applied(both, []) == []
    assert half_applied(both, [("graphs", "0001"), ("graphs", "0002"), ("graphs", "0003")]) == []
    assert half_applied(both, [("graphs", "0002"), ("credits", "0001")]) == ["graphs"]


def test_the_apps_of_early_releases_are_known() -> None:
    assert sorted(stood_for()) == ["accounts", "credits", "executor", "graphs", "reviews", "webhooks"]
