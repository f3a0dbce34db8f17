"""The SQL of claims, rings and turns. It is written by hand because it is hot, and each statement decides by itself.

Root executions only: what runs inside another takes no place of its own. Values go in by name; those of
`limits.Limits` have the names of its fields.
"""

from functools import cache

from executor.dispatch.limits import NONE

TABLE = "executor_graphexecution"

_MARK = {"sqlite": ":{}", "postgresql": "%({})s"}
_NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "statement_timestamp()"}
_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '+' || {} || ' seconds')",
    "postgresql": "statement_timestamp() + {} * interval '1 second'",
}
_LEAST = {"sqlite": "min", "postgresql": "least"}

#: Waits for its ring.
_WAITS = "{0}.status = 'QUEUED' AND {0}.parent_id IS NULL AND {0}.dispatched_at IS NULL"
_RUNNING = f"FROM {TABLE} r WHERE r.status = 'RUNNING' AND r.parent_id IS NULL"
#: On its way to a worker.
_RUNG = f"FROM {TABLE} r WHERE r.status = 'QUEUED' AND r.parent_id IS NULL AND r.dispatched_at IS NOT NULL"


class Statements:
    """For one kind of database."""

    def __init__(self, vendor: str) -> None:
        self._mark = _MARK[vendor].format
        self._least = _LEAST[vendor]
        now, later = _NOW[vendor], _LATER[vendor].format(self._mark("seconds"))
        mark = self._mark
        #: Takes an execution. No row: there is nothing to take, or no room.
        self.claim = (
            f"UPDATE {TABLE} AS e SET status = 'RUNNING', fence = fence + 1, claims = claims + 1, "
            f"owner = {mark('owner')}, lease_until = {later}, started_at = COALESCE(started_at, {now}) "
            f"WHERE e.id = {mark('id')} AND e.parent_id IS NULL AND e.cancel_requested_at IS NULL AND ("
            f"(e.status = 'RUNNING' AND e.lease_until < {now}) "
            f"OR (e.status = 'QUEUED' AND {self._room(_RUNNING)})) RETURNING fence, claims"
        )
        #: Marks an execution as rung if nobody waits beside it and it could run now. No row: it waits for its turn.
        self.ring_at_once = (
            f"UPDATE {TABLE} AS e SET dispatched_at = {mark('now')} WHERE e.id = {mark('id')} "
            f"AND {_WAITS.format('e')} AND e.cancel_requested_at IS NULL AND {self._room(_RUNNING, _RUNG)} "
            f"AND {_total('true', _RUNG)} < {mark('window')} "
            f"AND NOT EXISTS (SELECT 1 FROM {TABLE} o WHERE {_WAITS.format('o')} AND o.id <> e.id) RETURNING id"
        )
        #: Running and rung executions, and whether others wait.
        self.standing = (
            f"SELECT {_total('true', _RUNNING)}, {_total('true', _RUNG)}, "
            f"EXISTS (SELECT 1 FROM {TABLE} o WHERE {_WAITS.format('o')})"
        )
        self.users_in_turn = self._users_in_turn()
        self.next_of_user = self._next_of_user()
        #: One user's limits for waiting executions and for starts, how many wait, how many have started; and how many
        #: wait in all.
        self.load = (
            f"SELECT COALESCE({_of_share('queued_max', mark('user'))}, {mark('queued_per_user')}), "
            f"COALESCE({_of_share('starts_per_minute_max', mark('user'))}, {mark('starts_per_minute')}), "
            f"(SELECT count(*) FROM {TABLE} o WHERE {_WAITS.format('o')} AND o.user_id = {mark('user')}) "
            f"+ (SELECT count(*) {_RUNG} AND r.user_id = {mark('user')}), "
            f"(SELECT count(*) FROM {TABLE} s WHERE s.user_id = {mark('user')} AND s.parent_id IS NULL "
            f"AND s.created_at > {mark('since')}), "
            f"(SELECT count(*) FROM (SELECT 1 FROM {TABLE} q WHERE q.status = 'QUEUED' LIMIT {mark('queued')}) AS many)"
        )

    def _room(self, *counted: str) -> str:
        """Whether one more may run: nobody has paused it, and there is room for its user, its graph, and in all."""
        of_graph = f"COALESCE({_of_share('running_per_graph_max', 'e.user_id')}, {self._mark('running_per_graph')})"
        own = f"(SELECT COALESCE(g.max_running, {NONE}) FROM graphs_graph g WHERE g.id = e.graph_id)"
        of_user = f"COALESCE({_of_share('running_max', 'e.user_id')}, {self._mark('running_per_user')})"
        return (
            "NOT EXISTS (SELECT 1 FROM dispatch_share s WHERE s.user_id = e.user_id AND s.is_paused) "
            "AND NOT EXISTS (SELECT 1 FROM graphs_graph g WHERE g.id = e.graph_id AND g.is_paused) "
            f"AND {_total('r.user_id = e.user_id', *counted)} < {of_user} "
            f"AND {_total('r.user_id = e.user_id AND r.graph_id = e.graph_id', *counted)} "
            f"< {self._least}({of_graph}, {own}) "
            f"AND ({self._mark('running')} = {NONE} OR {_total('true', *counted)} < {self._mark('running')})"
        )

    def _users_in_turn(self) -> str:
        """Users who have something waiting and room to run it, with how many; the longest without a turn first.

        It steps from user to user through the index, not through all that waits.
        """
        following = f"SELECT o.user_id FROM {TABLE} o WHERE {_WAITS.format('o')}"
        room = (
            f"COALESCE(s.running_max, {self._mark('running_per_user')}) "
            f"- {_total('r.user_id = w.user_id', _RUNNING, _RUNG)}"
        )
        return (
            "WITH RECURSIVE w(user_id) AS ("
            f"SELECT * FROM ({following} ORDER BY o.user_id LIMIT 1) AS first UNION ALL "
            f"SELECT ({following} AND o.user_id > w.user_id ORDER BY o.user_id LIMIT 1) "
            "FROM w WHERE w.user_id IS NOT NULL) "
            f"SELECT w.user_id, {room} FROM w LEFT JOIN dispatch_share s ON s.user_id = w.user_id "
            f"WHERE w.user_id IS NOT NULL AND NOT COALESCE(s.is_paused, false) AND {room} > 0 "
            "ORDER BY s.turn_at IS NOT NULL, s.turn_at"
        )

    def _next_of_user(self) -> str:
        """One user's next executions with their graphs, and how many more of the graph may run: no more are given.

        So a long queue of one graph does not hide the others.
        """
        mine = f"r.user_id = {self._mark('user')}"
        in_hand = f"SELECT r.graph_id {_RUNNING} AND {mine} UNION ALL SELECT r.graph_id {_RUNG} AND {mine}"
        of_user = f"COALESCE({_of_share('running_per_graph_max', 'e.user_id')}, {self._mark('running_per_graph')})"
        room = f"{self._least}({of_user}, COALESCE(g.max_running, {NONE})) - COALESCE(h.number, 0)"
        place = "row_number() OVER (PARTITION BY e.graph_id ORDER BY e.priority DESC, e.created_at)"
        waiting = (
            f"SELECT e.id, e.graph_id, e.priority, e.created_at, {room} AS room, {place} AS place "
            f"FROM {TABLE} e JOIN graphs_graph g ON g.id = e.graph_id "
            f"LEFT JOIN (SELECT graph_id, count(*) AS number FROM ({in_hand}) AS i GROUP BY graph_id) AS h "
            f"ON h.graph_id = e.graph_id WHERE {_WAITS.format('e')} AND e.user_id = {self._mark('user')} "
            "AND e.cancel_requested_at IS NULL AND NOT g.is_paused"
        )
        return (
            f"SELECT w.id, w.graph_id, w.room FROM ({waiting}) AS w WHERE w.place <= w.room "
            f"ORDER BY w.priority DESC, w.created_at LIMIT {self._mark('most')}"
        )


@cache
def statements(vendor: str) -> Statements:
    return Statements(vendor)


def _total(which: str, *counted: str) -> str:
    """How many of these executions there are. Apart, each is counted in an index of its own."""
    return "(" + " + ".join(f"(SELECT count(*) {rows} AND {which})" for rows in counted) + ")"


def _of_share(column: str, user: str) -> str:
    return f"(SELECT s.{column} FROM dispatch_share s WHERE s.user_id = {user})"
