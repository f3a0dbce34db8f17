"""`manage.py rungraph`: run a graph from a terminal or a script, and watch it to its end."""

import asyncio
import sys
from argparse import ArgumentTypeError
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from accounts.models import User
from console.terminal.attended import attend
from console.terminal.dry_run import dry_run, nothing_kept
from console.terminal.exits import Exit, exit_of, exit_of_error
from console.terminal.jsonl import JsonLines
from console.terminal.owner import owner_for
from console.terminal.quiet import quiet
from console.terminal.refusal import refusal_lines
from console.terminal.show import Style, style_for
from console.terminal.source import import_lines, source_of
from console.terminal.values import assigned, parsed_object
from console.terminal.workers import require_worker
from executor.errors import InputInvalid
from executor.launching.launch import launch
from executor.models import GraphExecution, Trigger
from graphs.models import GraphVersion
from graphs.plans import plan_for
from reliability.errors import SluiceError

HELP = """Runs a graph and shows it live.
Exit codes: 0 completed, 1 failed, 2 invalid graph or input, 3 insufficient credits, 130 stopped."""
STDIN = "-"
VERBOSE = 2
#: The largest number that an option takes.
LARGEST = 1_000_000_000


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let our --version, a graph's, take the place of Django's own."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("graph", metavar="FILE_OR_GRAPH_ID", help="an exported graph, or the id of a stored one")
        add("-i", "--input", action="append", metavar="NAME=VALUE", help="an input: text, or JSON of the input's type")
        add("--inputs-json", metavar="FILE", help="a JSON object of inputs, - for stdin; -i goes before it")
        add("--user", metavar="EMAIL", help="whose graph; unless given the only user, else the demo user")
        add("--json", action="store_true", help="one JSON object a line; the last one is the result")
        add("--dry-run", action="store_true", help="check everything, estimate the cost, run nothing")
        add("--max-credits", type=positive, metavar="N", help="what it may cost at most")
        add("--version", type=positive, metavar="N", help="the graph's version; unless given the active one")
        add("--inline", action="store_true", help="run it in this command, without a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=options.get("stdout") or sys.stdout, no_color=options["no_color"] or None)
        try:
            with nullcontext() if options["verbosity"] >= VERBOSE else quiet():
                code = dry(console, options) if options["dry_run"] else run(console, options)
        except SluiceError as error:
            raise CommandError("\n".join(refusal_lines(error)), returncode=exit_of_error(error)) from error
        except KeyboardInterrupt:
            code = Exit.STOPPED
        except BrokenPipeError:  # whoever read our output has left; the execution goes on
            code = Exit.FAILED
            console.on_broken_pipe()
        if code:
            raise SystemExit(int(code))


def dry(console: Console, options: dict[str, Any]) -> Exit:
    user = owner_for(options["user"])
    with nothing_kept():
        version, inputs = asked(user, options)
        answer = dry_run(version, user=user, inputs=inputs, max_cost=options["max_credits"])
    if options["json"]:
        JsonLines(console).write(answer.as_dict())
    else:
        for line in answer.lines():
            console.out(line, highlight=False)
    return Exit.COMPLETED


def run(console: Console, options: dict[str, Any]) -> Exit:
    user = owner_for(options["user"])
    version, inputs = asked(user, options)
    if not options["inline"]:
        require_worker()
    execution = launch(
        user,
        version,
        inputs=inputs,
        trigger=Trigger.COMMAND,
        max_cost=options["max_credits"],
        ring=not options["inline"],
    )
    return watch(execution, console, options)


def watch(execution: GraphExecution, console: Console, options: dict[str, Any]) -> Exit:
    style = Style.JSON if options["json"] else style_for(console)
    ended = asyncio.run(attend(execution.id, inline=options["inline"], console=console, style=style, notice=tell))
    if ended is None:
        tell(f"Left before the end of execution {execution.id}. It was asked to stop.")
        return Exit.STOPPED
    return exit_of(ended)


def asked(user: User, options: dict[str, Any]) -> tuple[GraphVersion, dict[str, Any]]:
    """The version and the inputs that the command line names."""
    source = source_of(options["graph"], user=user, number=options["version"])
    for line in import_lines(source.report):
        tell(line)
    given = parsed_object(content_of(options["inputs_json"])) if options["inputs_json"] else {}
    return source.version, given | assigned(options["input"] or [], plan_for(source.version))


def content_of(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputInvalid(f"--inputs-json: the file {name} cannot be read: {error.strerror}.", fields={}) from error


def positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= LARGEST):
        raise ArgumentTypeError(f"{text} is not a whole number from 1 to {LARGEST:,}.")
    return int(text)


def tell(sentence: str) -> None:
    """To the person, not to the program that reads our output. A live table makes room for it."""
    sys.stderr.write(f"{sentence}\n")
