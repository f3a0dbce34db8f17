"""The module `requests` inside the sandbox: as much of that package's interface as reading needs.

What is asked for goes over a socket to Sluice, which asks in the program's place; `asking.py` has the form. Runs inside
the sandbox, with the standard library only. Written anew after the interface that requests.readthedocs.io describes.
"""

import base64
import itertools
import json as json_module
import queue
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Self

#: Seconds, unless the program names others.
SECONDS = 30.0
#: Beyond them an answer comes that says so, which takes a moment.
PATIENCE_SECONDS = 5.0
LENGTH_BYTES = 4


class RequestException(OSError):
    """What went wrong with a request."""


class ConnectionError(RequestException):
    """No answer came."""


class Timeout(RequestException):
    """No answer came in time."""


class HTTPError(RequestException):
    """The answer says that something went wrong. response: the answer."""

    def __init__(self, message: str, response: "Response | None" = None) -> None:
        super().__init__(message)
        self.response = response


class JSONDecodeError(RequestException, ValueError):
    """The answer is no JSON."""


class Headers(dict[str, str]):
    """Names may be written in either case."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in values.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Response:
    """An answer."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.status_code: int = told["status"]
        self.headers = Headers(told["headers"])
        self.content = base64.b64decode(told["body"])
        self.url: str = told["url"]
        self.encoding = self.headers.get("content-type", "").partition("charset=")[2].strip('" ') or "utf-8"

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    @property
    def text(self) -> str:
        try:
            return self.content.decode(self.encoding, errors="replace")
        except LookupError:
            return self.content.decode(errors="replace")

    def __bool__(self) -> bool:
        return self.ok

    def json(self) -> Any:
        try:
            return json_module.loads(self.content)
        except ValueError as error:
            raise JSONDecodeError(str(error)) from error

    def raise_for_status(self) -> None:
        if not self.ok:
            raise HTTPError(f"{self.status_code} for {self.url}", self)

    def iter_lines(self, decode_unicode: bool = False) -> Iterator[Any]:
        return iter(self.text.splitlines() if decode_unicode else self.content.splitlines())

    def close(self) -> None:
        """It is here already."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Line:
    """The socket to Sluice, which all threads share."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._numbers = itertools.count()
        self._writing = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._reader: threading.Thread | None = None

    def ask(self, request: dict[str, Any], seconds: float) -> Response:
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._writing:
            number = next(self._numbers)
            self._waiting[number] = answers
            content = json_module.dumps({"number": number, "seconds": seconds, **request}).encode()
            self._read_from_now_on()
            try:
                self._socket.sendall(len(content).to_bytes(LENGTH_BYTES, "big") + content)
            except OSError as error:
                raise ConnectionError("No more can be asked.") from error
        try:
            told = answers.get(timeout=seconds + PATIENCE_SECONDS)
        except queue.Empty:
            raise Timeout(f"No answer came within {seconds:g} seconds.") from None
        finally:
            del self._waiting[number]
        if "error" in told:
            raise (Timeout if "within" in told["error"] else ConnectionError)(told["error"])
        return Response(told)

    def _read_from_now_on(self) -> None:
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    def _read(self) -> None:
        with self._socket.makefile("rb") as frames:
            while len(head := frames.read(LENGTH_BYTES)) == LENGTH_BYTES:
                told = json_module.loads(frames.read(int.from_bytes(head, "big")))
                if (answers := self._waiting.get(told["number"])) is not None:
                    answers.put(told)
        for answers in list(self._waiting.values()):
            answers.put({"error": "No more can be asked."})


class HTTPAdapter:
    """Taken so that programs which set one up run; how often is tried, and over which connections, is not theirs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.max_retries = options.get("max_retries", 0)


class Session:
    """Requests that have headers and parameters in common."""

    line: Line

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.params: dict[str, Any] = {}

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: Any = None,
        stream: bool = False,
        allow_redirects: bool = True,
    ) -> Response:
        """timeout: seconds, also as the pair for connecting and reading."""
        seconds = timeout[-1] if isinstance(timeout, tuple) else timeout
        request = {
            "method": method.upper(),
            "url": url,
            "headers": {**self.headers, **(headers or {})},
            "params": {**self.params, **(params or {})},
        }
        return self.line.ask(request, SECONDS if seconds is None else float(seconds))

    def get(self, url: str, params: Mapping[str, Any] | None = None, **options: Any) -> Response:
        return self.request("GET", url, params, **options)

    def head(self, url: str, **options: Any) -> Response:
        return self.request("HEAD", url, **options)

    def mount(self, prefix: str, adapter: Any) -> None:
        """Every address goes over the one line."""

    def close(self) -> None:
        """The line stays."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def request(method: str, url: str, **options: Any) -> Response:
    return Session().request(method, url, **options)


def get(url: str, params: Mapping[str, Any] | None = None, **options: Any) -> Response:
    return Session().get(url, params, **options)


def head(url: str, **options: Any) -> Response:
    return Session().head(url, **options)


def install(module: ModuleType, descriptor: int) -> None:
    """Let programs import it, and its parts by the names that the package has for them. descriptor: of the socket."""
    Session.line = Line(descriptor)
    errors = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, RequestException)
    }
    parts: dict[str, dict[str, Any]] = {
        "adapters": {"HTTPAdapter": HTTPAdapter},
        "exceptions": errors,
        "sessions": {"Session": Session},
    }
    sys.modules["requests"] = module
    for name, members in parts.items():
        part = ModuleType(f"requests.{name}")
        vars(part).update(members)
        sys.modules[part.__name__] = part
        setattr(module, name, part)
