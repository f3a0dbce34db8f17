"""When audits ran and what they have found, in the admin; and one more on request, which the clock runs."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from config.clock.tasks import patient_tasks
from credits.audit import Fault, checks
from credits.audits import recording
from credits.audits.asking import ask, run_asked
from credits.audits.models import AuditRun
from credits.models import Account
from tests.executor.waiting import at_once
from tests.factories import make_user

PAGE, ASK = "/admin/audits/auditrun/", "/admin/audits/auditrun/ask"


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


@pytest.fixture
def wrong(db: None) -> Account:
    """An account whose balance is not what its transactions say."""
    account = Account.objects.get(user=make_user())
    Account.objects.filter(pk=account.pk).update(balance=1001)
    return account


def test_an_audit_leaves_a_note_of_when_it_ran_and_that_all_adds_up(root: Client) -> None:
    call_command("audit")
    run = AuditRun.objects.get()
    assert (run.faults, run.problems, run.is_strict, run.asked_by) == (0, [], False, None)
    assert run.took is not None
    page = root.get(PAGE).content.decode()
    assert "all adds up" in page
    assert "found nothing" in page
    assert "look whether one is running" not in page


def test_what_it_has_found_is_shown(root: Client, wrong: Account) -> None:
    with pytest.raises(SystemExit):
        call_command("audit", "--strict")
    run = AuditRun.objects.get()
    assert (run.faults, run.is_strict) == (len(run.problems), True)
    assert run.faults
    page = root.get(PAGE).content.decode()
    assert f"{run.faults} fault" in page
    assert "1 account frozen by an audit" in page
    assert "the balance is 1001" in root.get(f"{PAGE}{run.pk}/change/").content.decode()


def test_of_many_faults_the_first_are_kept(db: None) -> None:
    run_id = recording.begin(strict=False)
    recording.end(run_id, ["x" * 1000] * 200)
    run = AuditRun.objects.get()
    assert (run.faults, len(run.problems), len(run.problems[0])) == (200, recording.KEPT, recording.CHARACTERS)


def test_old_runs_are_forgotten(db: None) -> None:
    AuditRun.objects.create(started_at=timezone.now() - recording.FORGOTTEN_AFTER - timedelta(hours=1))
    AuditRun.objects.create(started_at=timezone.now() - recording.FORGOTTEN_AFTER + timedelta(hours=1))
    call_command("audit")
    assert AuditRun.objects.count() == 2


def test_an_audit_that_broke_off_is_seen(root: Client) -> None:
    recording.begin(strict=False)
    page = root.get(PAGE).content.decode()
    assert "runs, or broke off" in page
    assert "No audit has ended yet." in page


def test_a_clock_that_does_not_audit_is_noticed(root: Client) -> None:
    call_command("audit")
    AuditRun.objects.update(ended_at=timezone.now() - timedelta(hours=3))
    assert "look whether one is running" in root.get(PAGE).content.decode()


def test_an_operator_asks_and_the_clock_runs_it_once(root: Client) -> None:
    assert "Audit now" in root.get(PAGE).content.decode()
    assert "within seconds" in root.post(ASK, follow=True).content.decode()
    assert "waits for the clock already" in root.post(ASK, follow=True).content.decode()
    assert "waits for the clock" in root.get(PAGE).content.decode()
    [task] = [task for task in patient_tasks() if task.name == "audit_asked_for"]
    assert [task.work(), task.work()] == [1, 0]
    run = AuditRun.objects.get()
    assert (run.faults, str(run.asked_by)) == (0, "root@example.org")
    assert run.ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_of_several_clocks_one_runs_it() -> None:
    ask(User.objects.create_superuser("root@example.org"))
    assert sum(at_once([run_asked] * 4)) == 1
    assert AuditRun.objects.filter(faults=0).count() == AuditRun.objects.count() == 1


def test_asking_takes_a_post_and_the_permission(db: None, root: Client) -> None:
    assert root.get(ASK).status_code == 405
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_auditrun"))
    client = Client()
    client.force_login(clerk)
    page = client.get(PAGE)
    assert (page.status_code, "Audit now" in page.content.decode()) == (200, False)
    assert client.post(ASK).status_code == 403
    stranger = Client()
    stranger.force_login(User.objects.create_user("staff@example.org", is_staff=True))
    assert stranger.get(PAGE).status_code == 403
    assert not AuditRun.objects.exists()


def test_what_ends_with_an_error_is_not_run_again_by_itself(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit that cannot be run would otherwise be tried for ever."""

    def broken(*, strict: bool) -> Iterable[Fault]:
        raise ZeroDivisionError

    ask(User.objects.create_superuser("root@example.org"))
    monkeypatch.setattr(checks, "_registered", [broken])
    with pytest.raises(ZeroDivisionError):
        run_asked()
    assert run_asked() == 0
    assert ask(User.objects.get()) is not None
