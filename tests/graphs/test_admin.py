"""Graphs in the admin: to be looked at, not to be changed."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from graphs.importing import import_graph
from graphs.models import Graph, GraphVersion
from tests.factories import make_user
from tests.graphs.files import adder

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org", "a long password"))
    return client


def test_graphs_are_found_by_their_owner_and_shown_with_their_versions(ada: User, admin_client: Client) -> None:
    graph_row = import_graph(ada, adder(name="Sums")).graph
    found = admin_client.get(reverse("admin:graphs_graph_changelist"), {"q": "ada@"})
    assert b"Sums" in found.content
    page = admin_client.get(reverse("admin:graphs_graph_change", args=[graph_row.id]))
    assert page.status_code == 200
    assert b"Sums v1" in page.content


def test_a_version_shows_its_nodes_and_links(ada: User, admin_client: Client) -> None:
    version = import_graph(ada, adder()).version
    page = admin_client.get(reverse("admin:graphs_graphversion_change", args=[version.id]))
    assert page.status_code == 200
    assert b"operation" in page.content


@pytest.mark.parametrize("model", [Graph, GraphVersion])
def test_nothing_can_be_added_changed_or_deleted(
    ada: User, admin_client: Client, model: type[Graph] | type[GraphVersion]
) -> None:
    import_graph(ada, adder())
    name, row = model._meta.model_name, model.objects.get()
    assert admin_client.get(reverse(f"admin:graphs_{name}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:graphs_{name}_change", args=[row.id]), {"name": "x"}).status_code == 403
    assert admin_client.post(reverse(f"admin:graphs_{name}_delete", args=[row.id]), {"post": "yes"}).status_code == 403
    assert model.objects.get().name == "Test"
