import pytest

from accounts.models import User
from console.terminal.owner import DEMO_EMAIL, UserNotFound, owner_for

pytestmark = pytest.mark.django_db


def test_the_only_user_need_not_be_named() -> None:
    ada = User.objects.create_user("ada@example.org")
    assert owner_for(None) == ada


def test_of_several_users_the_demo_user_is_taken() -> None:
    User.objects.create_user("ada@example.org")
    demo = User.objects.create_user(DEMO_EMAIL)
    assert owner_for(None) == demo


def test_a_named_user_is_found_whatever_the_case() -> None:
    User.objects.create_user("ada@example.org")
    grace = User.objects.create_user("grace@example.org")
    assert owner_for("Grace@Example.org") == grace


def test_several_users_without_a_demo_user_must_be_named() -> None:
    User.objects.create_user("ada@example.org")
    User.objects.create_user("grace@example.org")
    with pytest.raises(UserNotFound, match="Say whose graph it is: --user EMAIL"):
        owner_for(None)


def test_an_unknown_address_is_refused_even_if_there_is_one_user() -> None:
    User.objects.create_user("ada@example.org")
    with pytest.raises(UserNotFound, match=r"There is no user bob@example\.org"):
        owner_for("bob@example.org")


def test_without_any_user_it_says_how_to_make_one() -> None:
    with pytest.raises(UserNotFound, match="There is no user yet"):
        owner_for(None)
