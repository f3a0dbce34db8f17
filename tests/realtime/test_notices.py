"""The list of notifications tells the sockets of its user that there is something new."""

from datetime import UTC, datetime

from asgiref.sync import sync_to_async

from accounts.wishes import NotificationType
from notifications.messages.data import LowBalanceData
from notifications.messages.writing import write_notice
from notifications.models import Notice
from notifications.spreading import spread
from tests.realtime.cast import Opener, Scene
from tests.realtime.test_following import QUIET_SECONDS, receive


async def test_what_is_listed_is_said_to_the_sockets_of_its_user_alone(scene: Scene, connect: Opener) -> None:
    mine, graces = await connect(), await connect(scene.grace_key)
    for client in (mine, graces):
        await client.ping()

    def note() -> int:
        data = LowBalanceData(current_balance=1)
        now = datetime.now(UTC)
        write_notice(NotificationType.LOW_BALANCE, scene.ada.pk, data, key="low", happened_at=now)
        spread()
        return Notice.objects.get(key="low").pk

    listed = await sync_to_async(note)()
    message = await receive(mine)
    assert message["data"] == {"type": "LOW_BALANCE", "event": "listed", "id": listed}
    assert await graces.receive_nothing(QUIET_SECONDS)
