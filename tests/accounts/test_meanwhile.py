"""What two do at once to a user: neither undoes what the other has done."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.access import set_active
from accounts.models import User
from executor.dispatch.models import Share
from executor.dispatch.pausing import pause
from tests.accounts.signing_in import PASSWORD, link_in_mail, make_ada, sign_in
from tests.credits.admin_pages import inputs
from tests.meanwhile import before_writing

pytestmark = pytest.mark.django_db

NEW = {"password1": "another good one", "password2": "another good one"}


@pytest.fixture
def ada() -> User:
    return make_ada()


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def page_of(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/change/"


def opened(root: Client, page: str) -> dict[str, Any]:
    """What the page's form sends if nothing is changed on it."""
    return inputs(root.get(page)).values


def test_a_new_password_does_not_open_an_account_that_is_closed_meanwhile(ada: User) -> None:
    client = Client()
    sign_in(client)
    with before_writing(User, lambda: set_active(ada, False)):
        assert client.post("/account/password", {"oldpassword": PASSWORD, **NEW}).status_code == 302
    ada.refresh_from_db()
    assert (ada.is_active, ada.check_password(NEW["password1"])) == (False, True)


def test_a_forgotten_password_does_not_either(ada: User) -> None:
    client = Client()
    client.post("/password", {"email": ada.email})
    form = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
    with before_writing(User, lambda: set_active(ada, False)):
        client.post(form, NEW)
    ada.refresh_from_db()
    assert (ada.is_active, ada.check_password(NEW["password1"])) == (False, True)


def test_a_password_from_an_operator_does_not_either(root: Client, ada: User) -> None:
    with before_writing(User, lambda: set_active(ada, False)):
        root.post(f"/admin/accounts/user/{ada.pk}/password/", {"usable_password": "true", **NEW})
    ada.refresh_from_db()
    assert (ada.is_active, ada.check_password(NEW["password1"])) == (False, True)


def test_an_operator_who_renames_a_user_changes_nothing_else(root: Client, ada: User) -> None:
    def elsewhere() -> None:
        ada.set_password(NEW["password1"])
        ada.save(update_fields=["password"])
        set_active(ada, False)

    sent = opened(root, page_of(ada)) | {"name": "Countess", "timezone": "UTC"}
    with before_writing(User, elsewhere):
        assert root.post(page_of(ada), sent).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.is_active, ada.check_password(NEW["password1"])) == ("Countess", False, True)


def test_a_page_that_was_opened_before_undoes_nothing(root: Client, ada: User) -> None:
    group = Group.objects.create(name="Support")
    ada.groups.add(group)
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    sent = opened(root, page_of(ada)) | {"name": "Countess", "timezone": "UTC", "groups": [str(group.pk)]}
    ada.groups.remove(group)
    User.objects.filter(pk=ada.pk).update(is_active=False, is_staff=False)
    assert root.post(page_of(ada), sent).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.is_active, ada.is_staff, ada.groups.count()) == ("Countess", False, False, 0)


def test_what_is_changed_on_a_page_is_written(root: Client, ada: User) -> None:
    group = Group.objects.create(name="Support")
    sent = opened(root, page_of(ada)) | {"timezone": "Europe/Berlin", "is_staff": "on", "groups": [str(group.pk)]}
    del sent["is_active"]
    assert root.post(page_of(ada), sent).status_code == 302
    ada.refresh_from_db()
    assert (ada.timezone, ada.is_staff, ada.is_active, ada.groups.get()) == ("Europe/Berlin", True, False, group)


@pytest.mark.parametrize("had", [0, 1])
def test_what_is_chosen_is_written_though_the_page_had_an_error_first(root: Client, ada: User, had: int) -> None:
    groups = [Group.objects.create(name=name) for name in ("Support", "Sales")]
    permissions = list(Permission.objects.all()[:2])
    ada.groups.set(groups[:had])
    ada.user_permissions.set(permissions[:had])
    chosen = {"groups": [str(groups[1].pk)], "user_permissions": [str(permissions[1].pk)], "timezone": "UTC"}
    sent = opened(root, page_of(ada)) | chosen
    refused = root.post(page_of(ada), sent | {"email": "root@example.org"})
    assert refused.status_code == 200
    assert root.post(page_of(ada), inputs(refused).values | chosen | {"email": ada.email}).status_code == 302
    assert (ada.groups.get(), ada.user_permissions.get()) == (groups[1], permissions[1])


def test_a_group_from_elsewhere_stays_though_the_page_had_an_error(root: Client, ada: User) -> None:
    group = Group.objects.create(name="Support")
    sent = opened(root, page_of(ada)) | {"name": "Countess", "timezone": "UTC"}
    refused = root.post(page_of(ada), sent | {"email": "root@example.org"})
    ada.groups.add(group)
    again = inputs(refused).values | {"email": ada.email, "timezone": "UTC"}
    assert root.post(page_of(ada), again).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.groups.get()) == ("Countess", group)


def test_limits_of_a_user_who_is_paused_meanwhile_leave_the_user_paused(root: Client, ada: User) -> None:
    Share.objects.create(user=ada, running_max=5)
    page = f"/admin/dispatch/share/{ada.pk}/change/"
    sent = opened(root, page) | {"queued_max": "7", "reason": "Too much at once."}
    Share.objects.update(running_max=0)
    with before_writing(Share, lambda: pause(ada)):
        assert root.post(page, sent).status_code == 302
    share = Share.objects.get()
    assert (share.is_paused, share.queued_max, share.running_max) == (True, 7, 0)
