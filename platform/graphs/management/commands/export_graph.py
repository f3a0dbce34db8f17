"""Export a graph to a file."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from graphs.exporting import as_text, export_graph
from graphs.models import Graph
from graphs.storage import version_of
from reliability.errors import SluiceError


class Command(BaseCommand):
    help = "Export a graph with its sub-graphs as JSON, without secrets."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Its --version is the graph's, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("graph_id", type=UUID, help="the graph's id")
        parser.add_argument(
            "--version", type=int, dest="number", metavar="N", help="its version; the active one unless given"
        )
        parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to; standard output unless given")

    def handle(self, *args: Any, graph_id: UUID, number: int | None, output: Path | None, **options: Any) -> None:
        try:
            text = as_text(export_graph(version_of(Graph.objects.all(), graph_id, number)))
        except SluiceError as error:
            raise CommandError(str(error)) from error
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"The file {output} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"Written: {output}")
