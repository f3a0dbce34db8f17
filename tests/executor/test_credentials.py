"""Credentials of nodes: whose they are, what they cost, and that what is secret comes out nowhere."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from accounts.credentials.contents import Contents, opened
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from executor.engine.bills import OWN_CREDENTIALS, UNCHARGED
from executor.events import changes_committed
from executor.hosting.services import door
from executor.launching.credentials import NOT_A_REFERENCE, NOT_THERE, with_credentials
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import Status
from graphs.document import GraphDocument
from graphs.errors import GraphInvalid
from graphs.models import GraphVersion
from graphs.references import EXECUTOR_ID
from reliability.secrets import MASK, Secret
from tests.executor import credential_blocks
from tests.executor.blocks import LOG
from tests.executor.books import assert_books, charges
from tests.executor.building import build, result, with_policy
from tests.executor.running import node_executions, outputs, ran, run, started, store
from tests.factories import make_user
from tests.world.server import World, world

pytestmark = pytest.mark.django_db(transaction=True)

credential_blocks.register_here()

SECRET = 'sk-canary/ä+1 "quoted" \\'
TOKEN_URL = "https://oauth2.googleapis.com/token"


@pytest.fixture
def ada() -> User:
    LOG["tattler"].clear()
    return make_user()


@pytest.fixture
def grace() -> User:
    return make_user("grace@example.org")


@pytest.fixture
def provider(settings: Any) -> Iterator[World]:
    """Where tokens are renewed."""
    with world() as made:
        made.says(f"POST {TOKEN_URL}", {})
        settings.SERVICE_ADDRESSES = made.service_addresses
        settings.OAUTH_CLIENTS = {"google": "us:client-secret"}
        door.cache_clear()
        yield made
    door.cache_clear()


def key_of(user: User | None, secret: str = SECRET, **fields: Any) -> StoredCredential:
    wish: dict[str, Any] = {"provider": "vault", "type": CredentialType.API_KEY} | fields
    return make_credential(user, contents=Contents(secret=Secret(secret)), **wish)


def signed_in(user: User, *, lasts: timedelta, refresh: str = "refresh-canary", access: str = "access-old") -> Any:
    contents = Contents(secret=Secret(access), refresh=Secret(refresh))
    end = datetime.now(UTC) + lasts
    return make_credential(user, provider="google", type=CredentialType.OAUTH2, contents=contents, expires_at=end)


def naming(credential: StoredCredential | None) -> dict[str, Any]:
    return {"id": str(credential.id), "provider": credential.provider, "type": credential.type} if credential else {}


def tattling(credential: StoredCredential | None, block: str = "Tattler", **constants: Any) -> GraphDocument:
    pins = {"credentials": naming(credential)} if credential else {}
    return build({"t": (block, {**pins, **constants}), "out": result("out")}, ["t.told -> out.value"])


def given() -> list[list[str]]:
    """The secrets that blocks were given."""
    return [secrets for _, secrets in LOG["tattler"]]


def stored_text(execution: GraphExecution) -> str:
    """Everything in the rows of an execution."""
    rows: list[Any] = [*GraphExecution.objects.filter(root=execution).values(), GraphExecution.objects.values().get()]
    for run_ in execution.node_executions.all():
        rows += [vars(run_), *run_.outputs.values()]
    return json.dumps(rows, default=str, ensure_ascii=False)


def is_in(secret: str, text: str) -> bool:
    """In any spelling; every quote and backslash of the secret may stand escaped in JSON."""
    spellings = credential_blocks.spelled(secret)
    found = {value for value in spellings.values() if isinstance(value, str) and value != "as a key"}
    parts = {secret, secret[:9], *found}
    return any(part in text or json.dumps(part, ensure_ascii=False)[1:-1] in text for part in parts)


# --- what a block is given, and what comes out


@pytest.mark.parametrize("block", ["Tattler", "ThreadedTattler"])
def test_a_block_gets_the_secret_and_nothing_of_it_is_stored(ada: User, block: str) -> None:
    execution = ran(ada, tattling(key_of(ada), block))
    assert given() == [[SECRET]]
    told = outputs(execution)["out"][0]
    assert told["plain"] == MASK
    assert told["list"] == [[MASK], {"deep": [MASK]}]
    assert told[MASK] == "as a key"
    assert told["basic"] == f"Basic {MASK}"
    names = NodeOutput.objects.filter(name__startswith="told ").values_list("name", flat=True)
    assert list(names) == [f"told {MASK}"]
    assert not is_in(SECRET, stored_text(execution))


@pytest.mark.parametrize("way", ["refuse", "break"])
def test_an_error_that_quotes_the_secret_is_masked(ada: User, way: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        execution = ran(ada, tattling(key_of(ada), way=way))
    (row,) = node_executions(execution, "t")
    assert row.status == Status.FAILED
    assert MASK in row.error
    text = stored_text(execution) + caplog.text
    assert not is_in(SECRET, text)


def test_the_error_of_a_try_that_is_followed_by_another_is_masked(ada: User) -> None:
    seen: set[str] = set()

    async def look(**commit: Any) -> None:
        seen.update([error async for error in NodeExecution.objects.values_list("error", flat=True)])

    changes_committed.connect(look)
    try:
        ran(ada, with_policy(tattling(key_of(ada), way="refuse"), "t", retries=1, retry_backoff_seconds=0.5))
    finally:
        changes_committed.disconnect(look)
    assert len(given()) == 2
    assert any(error.startswith("Try 1 failed") for error in seen)
    assert not any(is_in(SECRET, error) for error in seen)


def test_the_next_node_gets_masked_values(ada: User) -> None:
    nodes = {"t": ("Tattler", {"credentials": naming(key_of(ada))}), "e": ("Echo", {})}
    execution = ran(ada, build(nodes, ["t.told -> e.value"]))
    assert all(not is_in(SECRET, json.dumps(row.inputs)) for row in node_executions(execution, "e"))


def test_headers_of_a_host_are_given_and_masked(ada: User) -> None:
    credential = make_credential(
        ada,
        provider="vault",
        type=CredentialType.HOST_SCOPED,
        contents=Contents(headers={"Authorization": Secret("Bearer canary-token-2"), "X-Key": Secret("canary-key-3")}),
        hosts=["api.example.org"],
    )
    execution = ran(ada, tattling(credential))
    assert given() == [["Bearer canary-token-2", "canary-key-3"]]
    text = stored_text(execution)
    assert "canary-token-2" not in text
    assert "canary-key-3" not in text


def test_a_dry_run_opens_nothing(ada: User) -> None:
    execution = ran(ada, tattling(key_of(ada)), is_dry_run=True)
    assert execution.status == Status.COMPLETED
    assert given() == []
    assert StoredCredential.objects.get().last_used_at is None


def test_a_use_is_noted(ada: User) -> None:
    ran(ada, tattling(key_of(ada)))
    assert StoredCredential.objects.get().last_used_at is not None


def test_a_use_is_noted_once_a_minute_and_not_of_others(ada: User) -> None:
    used, other = key_of(ada), key_of(ada)
    before = datetime.now(UTC)
    ran(ada, tattling(used))
    used.refresh_from_db()
    first = used.last_used_at
    assert first is not None
    assert before <= first <= datetime.now(UTC)
    ran(ada, tattling(used))
    used.refresh_from_db()
    assert used.last_used_at == first
    StoredCredential.objects.filter(id=used.id).update(last_used_at=first - timedelta(minutes=2))
    ran(ada, tattling(used))
    used.refresh_from_db()
    other.refresh_from_db()
    assert used.last_used_at is not None
    assert used.last_used_at >= first
    assert other.last_used_at is None


@pytest.mark.parametrize("kind", [CredentialType.API_KEY, CredentialType.USER_PASSWORD])
def test_one_that_has_expired_is_not_used(ada: User, kind: CredentialType) -> None:
    now = datetime.now(UTC)
    past, future = (
        key_of(ada, type=kind, username="ada", expires_at=now - timedelta(seconds=1)),
        key_of(ada, type=kind, username="ada", expires_at=now + timedelta(hours=1)),
    )
    execution = ran(ada, tattling(past))
    (row,) = node_executions(execution, "t")
    assert (row.status, "has expired" in row.error, given()) == (Status.FAILED, True, [])
    past.refresh_from_db()
    assert past.last_used_at is None
    ran(ada, tattling(future))
    assert given() == [[SECRET]]


def test_a_renewed_token_has_the_expiry_that_its_provider_says(ada: User, provider: World) -> None:
    provider.says(f"POST {TOKEN_URL}", {"access_token": "access-new", "expires_in": 1800})
    credential = signed_in(ada, lasts=timedelta(minutes=1))
    before = datetime.now(UTC)
    ran(ada, tattling(credential, "GoogleTattler"))
    credential.refresh_from_db()
    low, high = before + timedelta(seconds=1799), datetime.now(UTC) + timedelta(seconds=1801)
    assert low <= credential.expires_at <= high


def test_a_free_block_that_never_waits_gets_its_credentials_too(ada: User) -> None:
    nodes = {"m": ("Modest", {"credentials": naming(key_of(ada))}), "n": ("Modest", {}), "out": result("out")}
    execution = ran(ada, build(nodes, ["m.pins -> out.value", "n.pins -> out.value"]))
    assert sorted(outputs(execution)["out"]) == [[], ["credentials"]]


# --- whose they are


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's", "no id at all"])
def test_what_is_not_the_users_is_not_there(ada: User, grace: User, whose: str) -> None:
    foreign = key_of(grace)
    document = tattling(foreign)
    if whose != "somebody else's":
        foreign.delete()
    if whose == "no id at all":
        node = document.nodes[0]
        pins = {"credentials": {"id": "../1", "provider": "vault", "type": "api_key"}}
        document = replace(document, nodes=(replace(node, input_default=pins), *document.nodes[1:]))
    with pytest.raises(GraphInvalid) as caught:
        started(ada, document)
    (pins,) = caught.value.data["node_errors"].values()
    assert pins == {"credentials": f"t: {NOT_THERE}"}
    assert not GraphExecution.objects.exists()


def test_an_id_of_somebody_else_in_a_mask_is_not_there_either(ada: User, grace: User) -> None:
    version = store(ada, tattling(key_of(ada)))
    node = str(version.nodes.get(block_id=credential_blocks.TattlerBlock.id).id)
    with pytest.raises(GraphInvalid, match=NOT_THERE):
        launch(ada, version, inputs={}, input_masks={node: {"credentials": naming(key_of(grace))}})


def test_one_that_is_gone_when_the_node_runs_fails_the_node(ada: User, grace: User) -> None:
    credential = key_of(ada)
    execution = started(ada, tattling(credential))
    StoredCredential.objects.filter(id=credential.id).update(user=grace)
    ended = run(execution)
    (row,) = node_executions(ended, "t")
    assert (row.status, row.error) == (Status.FAILED, "There is no such credential.")
    assert given() == []


def test_in_a_graph_inside_a_graph_the_same_holds(ada: User, grace: User) -> None:
    for owner, is_refused in ((ada, False), (grace, True)):
        inner = store(ada, tattling(key_of(owner)))
        constants = {"graph_id": str(inner.graph_id), "graph_version": 1, "inputs": {}}
        outer = build({"a": ("AgentExecutor", constants)})
        assert outer.nodes[0].block_id == EXECUTOR_ID
        if is_refused:
            with pytest.raises(GraphInvalid, match=NOT_THERE):
                started(ada, outer)
        else:
            ran(ada, outer)
            assert given() == [[SECRET]]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("provider", "safe", "must be one of vault")],
)
def test_one_of_another_kind_is_refused(ada: User, field: str, value: str, said: str) -> None:
    with pytest.raises(GraphInvalid, match=said):
        started(ada, tattling(key_of(ada, **{field: value})))


def test_one_without_the_scope_that_the_node_needs_is_refused_before_any_work(ada: User, provider: World) -> None:
    """At the start, and if it is lost afterwards, before the block runs."""
    credential = signed_in(ada, lasts=timedelta(hours=1))
    document = tattling(credential, "ScopedTattler")
    with pytest.raises(GraphInvalid, match="lacks the scope"):
        started(ada, document)
    StoredCredential.objects.update(scopes=["mail.read", "more"])
    execution = launch(ada, GraphVersion.objects.get(), inputs={})
    StoredCredential.objects.update(scopes=["more"])
    (row,) = node_executions(run(execution), "t")
    assert (row.status, "lacks the scope mail.read" in row.error) == (Status.FAILED, True)
    assert given() == []
    StoredCredential.objects.update(scopes=["mail.read"])
    run(launch(ada, GraphVersion.objects.get(), inputs={}))
    assert given() == [["access-old"]]


def test_a_node_without_the_credentials_that_it_needs_is_refused_by_name(ada: User) -> None:
    for document in (tattling(None), tattling(None, credentials={"provider": "vault", "type": "api_key"})):
        with pytest.raises(GraphInvalid) as caught:
            started(ada, document)
        (pins,) = caught.value.data["node_errors"].values()
        assert list(pins) == ["credentials"]


def test_a_node_that_can_do_without_is_skipped(ada: User) -> None:
    document = with_policy(
        tattling(None, credentials={"provider": "vault", "type": "api_key"}), "t", credentials_optional=True
    )
    execution = ran(ada, document)
    (row,) = node_executions(execution, "t")
    assert (row.status, given()) == (Status.COMPLETED, [])


def test_a_secret_in_the_place_of_a_reference_is_refused_and_not_stored(ada: User) -> None:
    version = store(ada, tattling(key_of(ada)))
    node = str(version.nodes.get(block_id=credential_blocks.TattlerBlock.id).id)
    for value in ({"api_key": "sk-canary"}, "sk-canary"):
        with pytest.raises(GraphInvalid) as caught:
            launch(ada, version, inputs={}, input_masks={node: {"credentials": value}})
        assert NOT_A_REFERENCE in str(caught.value)
        assert "canary" not in str(caught.value)
    assert not GraphExecution.objects.exists()


def test_credentials_inputs_reach_every_node_that_takes_them(ada: User) -> None:
    document = build({"a": ("Tattler", {}), "b": ("Tattler", {}), "m": ("Modest", {})})
    version, credential = store(ada, document), key_of(ada)
    key = "vault_api_key-host_scoped-oauth2-user_password_credentials"
    masks = with_credentials(version, {}, {key: naming(credential)})
    nodes = {
        str(id_)
        for id_ in version.nodes.exclude(block_id=credential_blocks.ModestBlock.id).values_list("id", flat=True)
    }
    assert masks == {node: {"credentials": naming(credential)} for node in nodes}
    run(launch(ada, version, inputs={}, input_masks=masks))
    assert given() == [[SECRET], [SECRET]]
    with pytest.raises(GraphInvalid, match=key):
        with_credentials(version, {}, {"other_credentials": naming(credential)})


# --- what they cost


def test_what_runs_on_the_users_own_key_is_free(ada: User) -> None:
    execution = ran(ada, tattling(key_of(ada)))
    assert charges(execution) == []
    assert node_executions(execution, "t")[0].stats[UNCHARGED] == OWN_CREDENTIALS
    assert_books(execution)


def test_what_runs_on_a_key_of_the_installation_costs_credits(ada: User) -> None:
    execution = ran(ada, tattling(key_of(None)))
    assert given() == [[SECRET]]
    assert charges(execution) == [-1]
    assert_books(execution)
    assert not is_in(SECRET, stored_text(execution))


# --- what cannot be opened


def test_what_cannot_be_decrypted_fails_the_node(ada: User, settings: Any) -> None:
    execution = started(ada, tattling(key_of(ada)))
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    (row,) = node_executions(run(execution), "t")
    assert row.status == Status.FAILED
    assert "CREDENTIAL_KEYS" in row.error
    assert given() == []


# --- tokens that end


def test_a_token_that_ends_soon_is_renewed_once_for_all_nodes(ada: User, provider: World) -> None:
    answer = {"access_token": "access-new", "refresh_token": "refresh-new", "expires_in": 3600}
    provider.says(f"POST {TOKEN_URL}", answer)
    credential = signed_in(ada, lasts=timedelta(seconds=-1))
    nodes = {f"t{number}": ("GoogleTattler", {"credentials": naming(credential)}) for number in range(5)}
    ran(ada, build(nodes))
    assert given() == [["access-new"]] * 5
    (call,) = provider.asked("POST", TOKEN_URL)
    assert (call.form["grant_type"], call.form["refresh_token"]) == ("refresh_token", "refresh-canary")
    assert call.form["client_secret"] == "client-secret"
    kept = opened(StoredCredential.objects.get())
    assert (kept.secret, kept.refresh) == (Secret("access-new"), Secret("refresh-new"))
    assert StoredCredential.objects.get().renewing_until is None


def test_a_refresh_token_that_the_provider_does_not_replace_stays(ada: User, provider: World) -> None:
    provider.says(f"POST {TOKEN_URL}", {"access_token": "access-new", "expires_in": "3600"})
    ran(ada, build({"t": ("GoogleTattler", {"credentials": naming(signed_in(ada, lasts=timedelta(minutes=1)))})}))
    assert given() == [["access-new"]]
    assert opened(StoredCredential.objects.get()).refresh == Secret("refresh-canary")


def test_a_token_that_lasts_is_used_as_it_is(ada: User, provider: World) -> None:
    ran(ada, build({"t": ("GoogleTattler", {"credentials": naming(signed_in(ada, lasts=timedelta(hours=1)))})}))
    assert given() == [["access-old"]]
    assert provider.calls == []


@pytest.mark.parametrize(
    ("lasts", "answer", "is_given"),
    [
        (timedelta(minutes=1), (503, "down"), True),
        (timedelta(minutes=1), (429, "slow down"), True),
        (timedelta(seconds=-1), (503, "down"), False),
        (timedelta(seconds=-1), (200, "not JSON"), False),
    ],
)
def test_while_the_provider_is_in_trouble_the_old_token_is_used_as_long_as_it_lasts(
    ada: User, provider: World, lasts: timedelta, answer: Any, is_given: bool
) -> None:
    provider.says(f"POST {TOKEN_URL}", answer)
    execution = ran(ada, build({"t": ("GoogleTattler", {"credentials": naming(signed_in(ada, lasts=lasts))})}))
    assert given() == ([["access-old"]] if is_given else [])
    assert StoredCredential.objects.get().refused_at is None
    assert "canary" not in stored_text(execution)
    assert StoredCredential.objects.get().renewing_until is None


def test_a_refused_renewal_asks_the_user_to_sign_in_again_and_is_not_tried_again(ada: User, provider: World) -> None:
    provider.says(f"POST {TOKEN_URL}", (400, {"error": "invalid_grant", "error_description": "Revoked."}))
    credential = signed_in(ada, lasts=timedelta(seconds=-1))
    document = build({"t": ("GoogleTattler", {"credentials": naming(credential)})})
    execution = ran(ada, document)
    (row,) = node_executions(execution, "t")
    assert (row.status, "Sign in there again" in row.error) == (Status.FAILED, True)
    ran(ada, build({"t": ("GoogleTattler", {"credentials": naming(credential)})}))
    assert len(provider.calls) == 1
    assert given() == []


def test_one_that_ended_and_cannot_be_renewed_says_so(ada: User) -> None:
    credential = signed_in(ada, lasts=timedelta(seconds=-1), refresh="")
    execution = ran(ada, build({"t": ("GoogleTattler", {"credentials": naming(credential)})}))
    assert "sign in there again" in node_executions(execution, "t")[0].error
