"""The graphs under examples/, run by the command."""

from pathlib import Path

import orjson
import pytest

from tests.console.running import ada, rungraph
from tests.executor.expected import EXPECTED

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("example", sorted(EXPECTED))
def test_every_example_gives_what_is_expected(example: str, tmp_path: Path) -> None:
    ada()
    inputs = tmp_path / "inputs.json"
    inputs.write_bytes(orjson.dumps(EXPECTED[example]["inputs"]))
    answer = rungraph(str(EXAMPLES / example), "--inputs-json", str(inputs), "--inline", "--json")
    assert answer.code == 0, answer.told
    assert answer.objects[-1]["outputs"] == EXPECTED[example]["outputs"]
