"""What most storms begin with: graphs of each kind, and a client that launches them over HTTP."""

from dataclasses import dataclass

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution
from graphs.models import GraphVersion
from tests.chaos.client import Client
from tests.chaos.forks import Forked
from tests.chaos.installation import Installation
from tests.chaos.kinds import KINDS, Kind, inner
from tests.chaos.oracle import assert_adds_up, assert_effects, assert_ended_right, assert_nothing_lost, inputs_n
from tests.executor.running import store


@dataclass
class Cast:
    """One user's graphs, and who launches them."""

    running: Installation
    user: User
    graphs: dict[Kind, GraphVersion]
    client: Client
    server: Forked

    def launch(self, n: int) -> str | None:
        """A graph of the kind whose turn it is. Returns the execution's id if there was an answer."""
        version = self.graphs[KINDS[n % len(KINDS)]]
        return self.client.launch(str(version.graph_id), n=n).execution_id

    def assert_all_is_well(self) -> None:
        """Called when everything is quiet. Prints what was taken over and repeated."""
        assert_nothing_lost(self.client, self.user)
        assert_ended_right({str(version.graph_id): kind for kind, version in self.graphs.items()}, self.user, inputs_n)
        assert_adds_up()
        fences = GraphExecution.objects.for_user(self.user).roots().values_list("fence", flat=True)
        happened = f"{sum(fences) - len(fences)} executions taken over, {assert_effects(self.running)}"
        print(f"{len(self.client.history)} launches, {happened}")  # noqa: T201


def cast(running: Installation, user: User) -> Cast:
    """With a web server that answers."""
    child = store(user, inner()).graph
    graphs = {kind: store(user, kind.build(str(child.pk))) for kind in KINDS}
    server = running.serve()
    return Cast(running, user, graphs, Client(running.web, issue(user, name="chaos")[1]), server)
