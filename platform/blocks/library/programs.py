"""Running programs that users wrote, in the sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import Price
from reliability.sandbox import SandboxError
from reliability.sandbox.asking import Answered, Ask, Asked
from reliability.sandbox.code import BOUNDS, Language, Result, run_code

#: Characters of a program's last words that the error shows; `stderr_logs` has them all.
SHOWN = 500
MAX_CODE = 100_000


class ExecuteCodeBlock(Block):
    """Runs a program that sees neither the network nor this machine; so it may run twice.

    Where the operator names hosts, a program in Python may read from them, by the module `requests`.
    """

    id = "0b02b072-abe7-11ef-8372-fb5d162dd712"
    description = "Runs a Python or JavaScript program in a sandbox without network; Python may read from CODE_HOSTS."
    categories = frozenset({Category.DEVELOPER_TOOLS})
    effect = Effect.IDEMPOTENT
    switch = "CODE_BLOCKS_ENABLED"
    prices = (Price(1),)
    examples = (
        Example(
            input={"code": "print('hello')\n6 * 7"},
            output=[
                ("main_result", {"text": "42"}),
                ("response", "42"),
                ("stdout_logs", "hello\n"),
            ],
        ),
    )

    class Input(Pins):
        code: str = Pin(
            description="The program. The value of its last expression is the response.", max_length=MAX_CODE
        )
        language: str = Pin(default="python", description="Its language: python or js.", advanced=False)
        setup_commands: list[str] = Pin(default_factory=list, description="Must be empty: there is nothing to set up.")
        timeout: int = Pin(default=300, description=f"Seconds it may take, up to {BOUNDS.wall_seconds:g}.", ge=1)
        dispose_sandbox: bool = Pin(default=True, description="Has no effect: the sandbox goes with the program.")
        template_id: str = Pin(default="", description="Has no effect: there is one kind of sandbox.")

    class Output(Pins):
        main_result: dict[str, Any] = Pin(description="The value of the last expression, in its field text.")
        response: str = Pin(description="The value of the last expression, as text.")
        stdout_logs: str = Pin(description="What it printed.")
        stderr_logs: str = Pin(description="What it printed as errors.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.setup_commands:
            raise BlockError("The input setup_commands must be empty: programs have no network to install from.")
        result = await _run(input, context)
        if result.response is not None:
            yield "main_result", {"text": result.response}
            yield "response", result.response
        if result.output:
            yield "stdout_logs", result.output
        if result.errors:
            yield "stderr_logs", result.errors
        if not result.is_ok:
            raise BlockError(_reason(result))


async def _run(input: ExecuteCodeBlock.Input, context: Context) -> Result:
    bounds = replace(BOUNDS, wall_seconds=min(input.timeout, BOUNDS.wall_seconds))
    ask = asking_for(context) if context.services.program_hosts else None
    try:
        return await run_code(input.code, _language(input.language), bounds, ask=ask)
    except SandboxError as error:
        raise BlockError(f"The program was not run to its end. {error}") from error


def asking_for(context: Context) -> Ask:
    """Asks in the place of a program, at the hosts that programs may read from and nowhere else."""
    web, hosts = context.services.web, context.services.program_hosts

    async def ask(asked: Asked) -> Answered:
        answer = await web.request(
            asked.method,
            asked.url,
            headers=asked.headers,
            params=asked.params,
            hosts=hosts,
            timeout_seconds=asked.seconds,
        )
        return Answered(answer.status, answer.headers, answer.body, answer.url)

    return ask


def _language(name: str) -> Language:
    """Also by its longer name."""
    try:
        return Language({"javascript": "js"}.get(name.lower(), name.lower()))
    except ValueError as error:
        raise BlockError(f"The input language must be one of {', '.join(Language)}, not {name[:100]}.") from error


def _reason(result: Result) -> str:
    words = result.errors.strip()[-SHOWN:]
    return f"The program failed. {words}" if words else "The program was ended: it used up its time or its memory."
