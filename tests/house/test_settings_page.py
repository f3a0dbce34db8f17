"""The admin's page "Settings in force": every setting with its value, and of none what may be secret."""

import re
import runpy
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from config.diagnostics.in_force import UNDOCUMENTED, documentation
from config.env import Found, Source, env
from config.showable import PLAIN, SERVERS, server, shown
from tests.house.processes import ROOT
from tests.knobs import knobs

PAGE = "/admin/diagnostics/settings/"
CANARY = "canary7f3a"
#: What a value that must be readable looks like with a secret in it; every other text is the secret itself.
READABLE = {
    "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
    "OAUTH_CLIENTS": f"google={CANARY}:{CANARY}",
    "DATABASE_URL": f"postgres://{CANARY}:{CANARY}@db.example.org:5432/{CANARY}",
    "REDIS_URL": f"redis://:{CANARY}@redis.example.org:6379/0",
    "EMAIL_URL": f"smtp+tls://{CANARY}:{CANARY}@mail.example.org:587",
    "MODEL_BASE_URL": f"https://{CANARY}@models.example.org/{CANARY}?key={CANARY}",
    "MODEL_API_KEYS": f"groq={CANARY}",
    "MODEL_BASE_URLS": f"groq=https://models.example.org/{CANARY}",
    "MCP_SERVERS": f"files=/usr/bin/files --token {CANARY}",
    "SERVICE_ADDRESSES": f"api.example.org=https://other.example.org/{CANARY}",
    "VALUES_STORAGE_OPTIONS": f'{{"secret_key": "{CANARY}"}}',
    "ALERT_PLATFORM_TARGETS": f"discord=https://discord.example.org/{CANARY}",
    "ALERT_PRODUCT_TARGETS": f"slack=https://slack.example.org/{CANARY}",
    "ALERT_WEBHOOK_SECRET": "whsec_" + b64encode(CANARY.encode() * 3).decode(),
}
SECRETS = (CANARY, READABLE["CREDENTIAL_KEYS"], READABLE["ALERT_WEBHOOK_SECRET"])
#: Read apart: settings.py would report errors to it.
DSN = f"https://{CANARY}@sentry.example.org/1"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Found]:
    """What the page knows; it is as it was afterwards."""
    monkeypatch.setattr(env, "found", dict(env.found))
    monkeypatch.setattr(env.ENVIRON, "files_cache", {})
    return env.found


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def test_every_documented_setting_is_shown_with_where_it_comes_from(
    root: Client, found: dict[str, Found], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAX_CLAIMS", "7")
    (tmp_path / "limit").write_text("8\n")
    monkeypatch.setenv("NODES_IN_FLIGHT_FILE", str(tmp_path / "limit"))
    env.int("MAX_CLAIMS", default=3)
    env.int("NODES_IN_FLIGHT", default=10)
    sections = root.get(PAGE).context["sections"]
    rows = {row.name: row for rows in sections.values() for row in rows}
    assert rows.keys() == knobs() | {"SLUICE_ENV_FILE"}
    assert UNDOCUMENTED not in sections
    seen = [(rows[name].text, rows[name].source) for name in ("MAX_CLAIMS", "NODES_IN_FLIGHT", "LEASE_SECONDS")]
    assert seen == [("7", Source.SET), ("8", Source.FILE), ("30", Source.DEFAULT)]
    assert "given up" in rows["MAX_CLAIMS"].meaning


def test_no_secret_is_in_the_page(root: Client, found: dict[str, Found], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text that is not shown on purpose is a canary, and settings.py reads all of them as it does at a start."""
    texts = texts_among_knobs() - PLAIN - {"SENTRY_DSN"}
    for name in texts:
        monkeypatch.setenv(name, READABLE.get(name, CANARY))
    for name in ("PUBLIC_URL", "OAUTH_CALLBACK_URL", "STRIPE_BASE_URL"):
        monkeypatch.setenv(name, f"https://{CANARY}:{CANARY}@site.example.org/{CANARY}")
    runpy.run_path(str(ROOT / "platform" / "config" / "settings.py"))
    monkeypatch.setenv("SENTRY_DSN", DSN)
    env.str("SENTRY_DSN", default="")
    assert {name for name in found if found[name].source == Source.SET} >= texts
    answer = root.get(PAGE)
    page, rows = answer.content.decode(), [row for some in answer.context["sections"].values() for row in some]
    assert [secret for secret in SECRETS if secret in page] == []
    assert "postgres://db.example.org:5432" in page
    hidden = {row.name for row in rows if row.text is None and not row.is_default}
    assert hidden == texts - SERVERS | {"SLUICE_ENV_FILE"}
    assert page.count("<em>hidden</em>") == len(hidden)


def test_a_new_setting_is_hidden_until_it_is_declared(
    root: Client, found: dict[str, Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAND_NEW", CANARY)
    env.str("BRAND_NEW", default="")
    page = root.get(PAGE).content.decode()
    assert ("BRAND_NEW" in page, CANARY in page) == (True, False)


def test_what_a_value_refers_to_is_no_setting(found: dict[str, Found], monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that begins with $ is looked up as a name."""
    monkeypatch.setenv("BRAND_NEW", f"${CANARY}")
    assert env.str("BRAND_NEW", default="") == ""
    assert CANARY not in found


def test_what_sounds_like_a_secret_is_shown_only_if_it_is_a_number_or_a_switch(found: dict[str, Found]) -> None:
    secretive = [name for name in PLAIN if any(word in name for word in ("KEY", "SECRET", "PASSWORD", "TOKEN", "URL"))]
    assert [name for name in secretive if not _is_plain(found[name].text)] == []
    assert secretive


def test_only_what_there_is_may_be_shown() -> None:
    assert (PLAIN | SERVERS) - knobs() == set()
    assert not PLAIN & SERVERS


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgres://ada:x@db:5432/name", "postgres://db:5432"),
        ("redis://:x@h/0", "redis://h"),
        ("unix:///run/redis.sock?db=0", "unix://"),
        ("postgres://x@//folder/name", "postgres://"),
        ("https://h/x?y=x#x", "https://h"),
        ("postgres://u:12/x@h/x", None),
        ("postgres://u:1?x@h/d", None),
        ("postgres://u:1#x@h/d", None),
        ("postgres://u:a[b@h/d", None),
        ("x", None),
        ("u:x@h", None),
        ("", ""),
    ],
)
def test_of_an_address_only_the_server_is_shown(address: str, expected: str | None) -> None:
    """x: a secret, as it stands in badly written addresses too."""
    assert server(address) == expected
    assert shown("DATABASE_URL", address) == expected


def test_who_has_no_permission_sees_nothing(db: None) -> None:
    client = Client()
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    client.force_login(clerk)
    assert client.get(PAGE).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_settings"))
    assert client.get(PAGE).status_code == 200
    assert "Settings in force" in client.get("/admin/").content.decode()
    assert client.get(f"{PAGE}add/").status_code == 404
    assert Client().get(PAGE).status_code == 302


def test_the_documentation_has_heads_and_units() -> None:
    one = next(one for one in documentation() if one.name == "LEASE_SECONDS")
    assert (one.section, one.unit) == ("Executions", "seconds")


def texts_among_knobs() -> set[str]:
    """Those that are no numbers or switches."""
    source = (ROOT / "platform" / "config" / "settings.py").read_text()
    return set(re.findall(r'env\.(?:str|list|dict|json)\(\s*"([A-Z_]+)"', source))


def _is_plain(text: str | None) -> bool:
    return text is not None and (text in ("true", "false") or text.replace(".", "").isdigit())
