"""What the owner of an execution can do with it on its page: share it, and delete it."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from executor.deleting.models import Deletion
from executor.models import GraphExecution
from executor.sharing.models import Share
from tests.api.cast import Scene, make_scene
from tests.api.rows import add_runs, past

ACTS = ("share", "withdraw", "delete")


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def ada(scene: Scene) -> Client:
    return browser_of(scene.ada)


@pytest.fixture
def execution(scene: Scene) -> GraphExecution:
    execution = past(scene)
    add_runs(execution, [[42]], value=42)
    return execution


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(client: Client, execution: GraphExecution) -> str:
    answer = client.get(f"/executions/{execution.id}")
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, execution: GraphExecution, what: str) -> Any:
    return client.post(f"/executions/{execution.id}/{what}")


def link_on(page: str) -> str:
    """Empty if there is none."""
    return page.partition('id="link" value="')[2].partition('"')[0]


def test_link_that_the_page_shows_leads_others_to_the_outputs(ada: Client, execution: GraphExecution) -> None:
    assert link_on(page_of(ada, execution)) == ""
    answer = act(ada, execution, "share")
    assert (answer.status_code, answer["Location"]) == (302, f"/executions/{execution.id}")
    link = link_on(page_of(ada, execution))
    assert link.startswith("http://testserver/shared/")
    shared = Client().get(link)
    assert (shared.status_code, "<pre>42</pre>" in shared.content.decode()) == (200, True)


def test_sharing_again_keeps_the_link(ada: Client, execution: GraphExecution) -> None:
    act(ada, execution, "share")
    link = link_on(page_of(ada, execution))
    act(ada, execution, "share")
    assert link_on(page_of(ada, execution)) == link


def test_withdrawn_link_leads_nowhere_and_the_next_one_is_another(ada: Client, execution: GraphExecution) -> None:
    act(ada, execution, "share")
    link = link_on(page_of(ada, execution))
    assert act(ada, execution, "withdraw").status_code == 302
    assert (link_on(page_of(ada, execution)), Client().get(link).status_code) == ("", 404)
    act(ada, execution, "share")
    assert link_on(page_of(ada, execution)) not in ("", link)


def test_page_with_a_link_is_kept_by_nobody(ada: Client, execution: GraphExecution) -> None:
    act(ada, execution, "share")
    answer = ada.get(f"/executions/{execution.id}")
    assert "no-store" in answer["Cache-Control"]


def test_link_that_cannot_be_read_any_more_can_be_made_anew_or_withdrawn(
    ada: Client, execution: GraphExecution, settings: LazySettings, scene: Scene
) -> None:
    act(ada, execution, "share")
    settings.SECRET_KEY = "another"
    ada.force_login(scene.ada)
    page = page_of(ada, execution)
    assert "cannot be shown any more" in page
    assert f"/executions/{execution.id}/withdraw" in page
    act(ada, execution, "share")
    assert link_on(page_of(ada, execution)) != ""


def test_deleting_asks_first_and_then_leads_home(ada: Client, execution: GraphExecution) -> None:
    address = f"/executions/{execution.id}/delete"
    assert f'href="{address}"' in page_of(ada, execution)
    asked = ada.get(address)
    assert (asked.status_code, "Delete it" in asked.content.decode()) == (200, True)
    assert not Deletion.objects.exists()
    answer = act(ada, execution, "delete")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "is deleted" in ada.get("/").content.decode()
    assert ada.get(f"/executions/{execution.id}").status_code == 404
    assert Deletion.objects.get().execution_id == execution.id


def test_link_of_a_deleted_execution_leads_nowhere(ada: Client, execution: GraphExecution) -> None:
    act(ada, execution, "share")
    link = link_on(page_of(ada, execution))
    act(ada, execution, "delete")
    assert Client().get(link).status_code == 404


def test_what_has_not_ended_is_not_deleted(ada: Client, scene: Scene) -> None:
    execution = past(scene, status="RUNNING", ended_at=None)
    assert '<p class="small" id="delete" hidden>' in page_of(ada, execution)
    assert "Delete it" not in ada.get(f"/executions/{execution.id}/delete").content.decode()
    answer = act(ada, execution, "delete")
    assert answer["Location"] == f"/executions/{execution.id}"
    assert "stop it first" in page_of(ada, execution)
    assert not Deletion.objects.exists()


def test_execution_of_a_sub_graph_is_not_offered_to_be_deleted(
    ada: Client, execution: GraphExecution, scene: Scene
) -> None:
    inside = past(scene, parent=execution, root=execution)
    assert f"/executions/{inside.id}/delete" not in page_of(ada, inside)
    assert act(ada, inside, "delete")["Location"] == f"/executions/{inside.id}"
    assert not Deletion.objects.exists()


@pytest.mark.parametrize("what", ACTS)
def test_strangers_find_nothing_to_act_on(scene: Scene, execution: GraphExecution, what: str) -> None:
    Share.objects.all().delete()
    grace = browser_of(User.objects.get(email="grace@example.org"))
    assert act(grace, execution, what).status_code == 404
    assert (Share.objects.count(), Deletion.objects.count()) == (0, 0)


@pytest.mark.parametrize("what", ACTS)
def test_whoever_is_not_signed_in_is_sent_to_do_so(execution: GraphExecution, what: str) -> None:
    assert act(Client(), execution, what)["Location"].startswith("/sign-in")
    assert (Share.objects.count(), Deletion.objects.count()) == (0, 0)


@pytest.mark.parametrize("what", ACTS)
def test_another_site_cannot_press_the_buttons(scene: Scene, execution: GraphExecution, what: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.ada)
    assert act(client, execution, what).status_code == 403
    assert (Share.objects.count(), Deletion.objects.count()) == (0, 0)


@pytest.mark.parametrize("what", ["share", "withdraw"])
def test_following_a_link_changes_nothing(ada: Client, execution: GraphExecution, what: str) -> None:
    assert ada.get(f"/executions/{execution.id}/{what}").status_code == 405


def test_unknown_execution_is_not_found(ada: Client) -> None:
    assert ada.get(f"/executions/{uuid4()}/delete").status_code == 404
