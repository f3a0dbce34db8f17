"""Nothing speaks HTTP but `reliability.net`; whoever wants to, asks the door."""

import ast
from pathlib import Path

from tests.house.processes import ROOT
from tests.house.test_import_arrows import BELOW, imported, imports_of

DOOR = ROOT / "platform" / "reliability" / "net"
#: Modules that open connections to addresses which somebody else may have chosen.
CLIENTS = frozenset(
    {
        *("aiohttp", "anyio", "ftplib", "http.client", "httpcore", "httpcore2", "httpx", "httpx2", "pycurl"),
        *("requests", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc.client"),
    }
)
#: Packages that speak HTTP by themselves, and where they may be used.
WITH_A_REASON = {
    # Takes its client from the door; `refusals` only reads its errors.
    "openai": {"platform/blocks/llm"},
    # Asks one server, Stripe's own, whose address no user can change; it is imported only when a key is set.
    "stripe": {"credits/payments"},
    # Speak over a socket that the door has opened.
    "imaplib": {"platform/blocks/library/mail_protocols.py"},
    # The second only reads the errors of the mail server that the operator has named.
    "smtplib": {"platform/blocks/library/mail_protocols.py", "notifications/channels/email.py"},
}


def test_only_the_door_speaks_http() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for room in BELOW
        for path, line, module in imports_of(room)
        if is_client(module) and not path.is_relative_to(DOOR)
    ]
    assert found == []


def test_packages_that_speak_http_are_used_where_they_are_known() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for room in BELOW
        for path, line, module in imports_of(room)
        if not is_known(module.partition(".")[0], path)
    ]
    assert found == []


def test_openai_gets_its_client_from_the_door() -> None:
    made = [
        call
        for path in (ROOT / "platform" / "blocks" / "llm").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in ("openai.AsyncOpenAI", "AsyncOpenAI", "openai.OpenAI")
    ]
    assert made
    assert all("http_client" in {keyword.arg for keyword in call.keywords} for call in made)


def test_another_client_would_be_seen() -> None:
    tree = ast.parse("import urllib.request\ndef late():\n    from httpx2 import get\nfrom urllib.parse import quote")
    assert sorted(line for line, module in imported(tree) if is_client(module)) == [1, 3]


def is_client(module: str) -> bool:
    return any(module == client or module.startswith(f"{client}.") for client in CLIENTS)


def is_known(package: str, path: Path) -> bool:
    folders = WITH_A_REASON.get(package)
    return folders is None or any(path.is_relative_to(ROOT / folder) for folder in folders)
