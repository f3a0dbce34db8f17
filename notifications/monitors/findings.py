"""What monitors find, and how operators are told of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.operators.alerting import alert
from notifications.operators.models import AlertChannel

#: A fault that lasts is told again after so long, or when it has become ten times as large.
TOLD_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong. name: what makes it the same as another.  count: how many there are."""

    name: str
    title: str
    text: str
    link: str
    since: datetime
    count: int
    told_again: timedelta = TOLD_AGAIN

    def tell(self, *, now: datetime) -> None:
        alert(
            AlertChannel.PLATFORM,
            signature=f"monitor:{self.name}:{magnitude(self.count)}",
            title=self.title,
            text=self.text,
            link=self.link,
            since=self.since,
            count=self.count,
            window=self.told_again,
            now=now,
        )


def magnitude(count: int) -> int:
    """1 below ten, 2 below a hundred, and so on. Pure."""
    return len(str(count))
