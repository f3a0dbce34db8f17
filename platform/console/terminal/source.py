"""Where the graph comes from: a file, which is imported, or the id of a stored graph."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from accounts.models import User
from console.terminal.words import one_line
from graphs.errors import GraphInvalid, GraphNotFound
from graphs.importing import import_graph
from graphs.models import Graph, GraphVersion
from graphs.report import ImportReport
from reliability.errors import InvalidInput

#: Key of a version's import report: SHA-256 of the file it came from, so that running a file again stores no copy.
FILE_DIGEST = "file_sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """report: what the import had to say; None for a graph that was stored already."""

    version: GraphVersion
    report: ImportReport | None = None


def source_of(text: str, *, user: User, number: int | None) -> Source:
    """The version that a file or a graph's id stands for; without a number, the graph's active one.

    Raises GraphNotFound, GraphInvalid, InvalidInput.
    """
    path = Path(text)
    if not path.is_file():
        return Source(version=_stored(text, user, number))
    if number is not None:
        raise InvalidInput("--version goes with a graph's id; a file holds one version.")
    return _imported(path, user)


def import_lines(report: ImportReport | None) -> list[str]:
    """What the import has to say, if that is more than that it took everything over."""
    if report is None or not any(notes for kind, notes in report.as_dict().items() if kind != "mapped"):
        return []
    return [one_line(line, limit=2000) for line in report.as_text().splitlines()]


def _imported(path: Path, user: User) -> Source:
    content = _content(path)
    digest = hashlib.sha256(content).hexdigest()
    known = GraphVersion.objects.filter(
        graph__owner=user, graph__deleted_at=None, **{f"import_report__{FILE_DIGEST}": digest}
    )
    if version := known.select_related("graph").order_by("-created_at").first():
        return Source(version=version)
    imported = import_graph(user, content)
    imported.version.import_report[FILE_DIGEST] = digest
    imported.version.save(update_fields=["import_report"])
    return Source(version=imported.version, report=imported.report)


def _content(path: Path) -> bytes:
    """At most one byte more than a graph may have: the import then says that it is too long."""
    try:
        with path.open("rb") as file:
            return file.read(settings.GRAPH_MAX_BYTES + 1)
    except OSError as error:
        raise GraphInvalid(f"The file {path} cannot be read: {error.strerror}.") from error


def _stored(text: str, user: User, number: int | None) -> GraphVersion:
    graph = Graph.objects.for_user(user).filter(id=_graph_id(text)).first()
    if graph is None:
        raise GraphNotFound(f"{user.email} has no graph with the id {text}.")
    wanted = graph.active_version if number is None else number
    version = graph.versions.select_related("graph").filter(number=wanted).first()
    if version is None:
        raise GraphNotFound(f"The graph {graph.name} has no version {wanted}.")
    return version


def _graph_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise GraphNotFound(f"There is no file {text}, and it is no graph's id either.") from None
