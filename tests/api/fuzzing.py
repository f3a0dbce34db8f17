"""Requests that nobody thought of: made from the schema, and sent to the site in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.stateful import APIStateMachine
from schemathesis.specs.openapi import checks

from accounts.keys import issue
from api.scopes import Scope
from tests.api.belongings import OWNED, SHARED, Belongings

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
#: Who asks is ours to say. What stands in the site's own source gives nothing that the schema does not.
CONFIG = {
    "generation": {"with-security-parameters": False},
    "analysis": {"constants": {"enabled": False}},
}
STEPS = 12


class Fuzzer:
    """Speaks for Ada, with a key that may do everything. What requests change is taken back after them."""

    def __init__(self, its: Belongings) -> None:
        self.its = its
        self.answers: Counter[int] = Counter()
        self.headers = {"X-API-Key": issue(its.ada, name="fuzzer", scopes=list(Scope))[1]}
        config = schemathesis.Config.from_dict(CONFIG)
        self.schema = schemathesis.openapi.from_wsgi("/api/v1/schema.json", get_wsgi_application(), config=config)

    @property
    def requests(self) -> int:
        return self.answers.total()

    def operations(self) -> list[APIOperation]:
        return [found.ok() for found in self.schema.get_all_operations()]

    def faults(self, *, examples: int, number: int = 0) -> Iterator[str]:
        """Send good and bad requests about what there is, and good ones about anything.

        number: of another series of them.
        """
        for operation in self.operations():
            known = self._known(operation)
            kinds = [(GenerationMode.POSITIVE, known), (GenerationMode.NEGATIVE, known)]
            for mode, path_parameters in [*kinds, (GenerationMode.POSITIVE, None)] if known else kinds:
                try:
                    self._send_some(operation.as_strategy(mode, path_parameters=path_parameters), examples, number)
                except FailureGroup as fault:
                    yield f"{operation.label}: {fault}"

    def faults_on_walks(self, *, walks: int, number: int = 0) -> Iterator[str]:
        """Send requests about what the answers before were about. The first fault ends it."""
        machine = self._machine()
        seed(number)(machine)
        try:
            machine.run(settings=quietly(max_examples=walks, stateful_step_count=STEPS))
        except FailureGroup as fault:
            yield str(fault)

    def validate(self, case: Case, answer: Response) -> None:
        self.answers[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS, headers=self.headers)

    def _known(self, operation: APIOperation) -> dict[str, Any] | None:
        """What stands in the address of something of Ada's; None if nothing does."""
        names = [parameter.name for parameter in operation.path_parameters]
        return {name: str((OWNED | SHARED)[name](self.its)) for name in names} or None

    def _send_some(self, strategy: Any, examples: int, number: int) -> None:
        @seed(number)
        @quietly(max_examples=examples)
        @given(case=strategy)
        def send(case: Case) -> None:
            with transaction.atomic():
                self.validate(case, case.call(headers=self.headers))
                transaction.set_rollback(True)

        with suppress(Unsatisfiable):  # what takes nothing cannot be asked badly
            send()

    def _machine(self) -> type[APIStateMachine]:
        fuzzer = self

        class Walk(self.schema.as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                self.taken_back = transaction.atomic()
                self.taken_back.__enter__()

            def teardown(self) -> None:
                transaction.set_rollback(True)
                self.taken_back.__exit__(None, None, None)

            def get_call_kwargs(self, case: Case) -> dict[str, Any]:
                return {"headers": fuzzer.headers}

            def validate_response(self, response: Response, case: Case, **more: Any) -> None:
                fuzzer.validate(case, response)

        return Walk


def quietly(**more: Any) -> settings:
    """Nothing is kept between runs, and the busy machine is no fault."""
    return settings(
        database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate], **more
    )
