"""One file of settings, from variables, `.env` and mounted files; wrong ones are refused by name."""

import re
from pathlib import Path

import pytest
from django.db import connection

from tests.house.processes import ROOT, environment, manage, run
from tests.knobs import knobs

#: Django itself, with all its applications, would take five times as long.
SHOW = "import config.settings as s; print({expression})"


def test_sluice_home_moves_everything(tmp_path: Path) -> None:
    names = shown("s.HOME, s.DATABASES['default']['NAME'], s.EMBEDDED_REDIS_FOLDER", tmp_path)
    assert names.count(str(tmp_path)) == 3


def test_a_relative_home_starts_at_the_root_wherever_we_are(tmp_path: Path) -> None:
    """`shown` runs elsewhere. The keys are given, so that nothing is made there."""
    keys = {"SECRET_KEY": "x" * 50, "CREDENTIAL_KEYS": "y" * 44}
    assert shown("s.HOME", Path("elsewhere"), **keys) == str(ROOT / "elsewhere")


def test_a_home_with_odd_characters_is_itself(tmp_path: Path) -> None:
    home = tmp_path / "a b#c+d%20"
    assert shown("s.DATABASES['default']['NAME']", home) == str(home / "sluice.sqlite3")


def test_a_secret_is_read_from_a_mounted_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    assert shown("s.SECRET_KEY", tmp_path, SECRET_KEY_FILE=str(tmp_path / "secret")) == "from a file"


def test_an_env_file_fills_in_what_the_environment_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("GRAPH_MAX_NODES=7\nGRAPH_MAX_LINKS=8\n")
    variables = {"SLUICE_ENV_FILE": str(tmp_path / "env"), "GRAPH_MAX_LINKS": "9"}
    assert shown("s.GRAPH_MAX_NODES, s.GRAPH_MAX_LINKS", tmp_path, **variables) == "7 9"


def test_redis_url_switches_the_embedded_one_off(tmp_path: Path) -> None:
    assert shown("s.EMBEDDED_REDIS", tmp_path) == "True"
    assert shown("s.EMBEDDED_REDIS", tmp_path, REDIS_URL="redis://example.org/0") == "False"


def test_database_url_switches_to_postgresql(tmp_path: Path) -> None:
    engine = shown("s.DATABASES['default']['ENGINE']", tmp_path, DATABASE_URL="postgres://ada:x@example.org/sluice")
    assert engine == "django.db.backends.postgresql"


@pytest.mark.parametrize("url", ["", "postgres://ada:x@example.org/sluice"], ids=["sqlite", "postgresql"])
def test_statements_are_measured_if_that_is_wanted(tmp_path: Path, url: str) -> None:
    variables = {"DATABASE_URL": url} if url else {}
    engine = shown("s.DATABASES['default']['ENGINE']", tmp_path, DATABASE_METRICS="true", **variables)
    assert engine == f"django_prometheus.db.backends.{'postgresql' if url else 'sqlite3'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRAPH_MAX_NODES", "many"),
        ("SWEEP_SECONDS", "soon"),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "banana"),
        ("DATABASE_URL", "mysql://example.org/x"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "postgres://ada@example.org:port/x"),
        ("SQLITE_SYNCHRONOUS", "OFF"),
        ("PRIVATE_HOSTS", "nas.local,10.0.0.0/99"),
        ("OUTWARD_PORTS", "80,http"),
        ("OUTWARD_MAIL_PORTS", "70000"),
        ("SERVICE_ADDRESSES", "api.github.com"),
        ("SERVICE_ADDRESSES", "api.github.com=file:///x"),
        ("SECRET_KEY_FILE", "/nowhere"),
        ("SLUICE_ENV_FILE", "/nowhere"),
        ("SLUICE_HOME", "/dev/null/home"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_that_names_it(name: str, value: str, tmp_path: Path) -> None:
    done = manage("check", home=tmp_path, **{name: value})
    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 20_000), ("synchronous", 1)],
)
def test_a_pragma_is_in_force(pragma: str, expected: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone() == (expected,)


@pytest.mark.sqlite_only
def test_transactions_take_the_write_lock_at_once() -> None:
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_every_knob_is_in_the_table_and_nothing_else_is() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == knobs() | {"SLUICE_ENV_FILE"}


def shown(expression: str, home: Path, **variables: str) -> str:
    env = environment(home, PYTHONPATH=str(ROOT / "platform"), **variables)
    done = run("-c", SHOW.format(expression=expression), env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
