"""Nothing is told of what did not commit."""

from asgiref.sync import sync_to_async
from django.db import transaction
from redis.asyncio import Redis

from executor.events import CommittedBatch, announce_on_commit
from executor.models import GraphExecution
from realtime.stream import key
from tests.realtime.cast import Opener, Scene
from tests.realtime.test_following import QUIET_SECONDS, ask, follow, seqs

ROLLBACKS = 1000


def change(scene: Scene, seq: int, *, commits: bool) -> None:
    """As verbs do it: the row and its announcement in one transaction."""
    batch = CommittedBatch(
        execution_id=str(scene.execution.id),
        graph_id=str(scene.execution.graph_id),
        user_id=str(scene.ada.id),
        events=[scene.graph_event(seq, "FAILED" if commits else "RUNNING")],
    )
    with transaction.atomic():
        GraphExecution.objects.filter(id=scene.execution.id).update(seq=seq)
        announce_on_commit(batch)
        transaction.set_rollback(not commits)


async def test_a_thousand_rollbacks_tell_nothing(scene: Scene, connect: Opener, redis_url: str) -> None:
    client = await connect()
    await follow(client, scene)
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))

    def roll_back_all() -> None:
        for _ in range(ROLLBACKS):
            change(scene, 1, commits=False)

    await sync_to_async(roll_back_all)()
    assert await client.receive_nothing(QUIET_SECONDS)
    async with Redis.from_url(redis_url) as redis:
        assert not await redis.exists(key(str(scene.execution.id)))
    await sync_to_async(change)(scene, 1, commits=True)
    assert await seqs(client, 2) == [1, 1]
