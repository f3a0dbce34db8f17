"""The forms of the notification settings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts.models import NotificationWishes
from accounts.wishes import DAILY_MAX, NotificationChannel, NotificationType, QuietHours
from notifications.messages.strategies import STRATEGIES, Strategy
from notifications.models import URL_CHARACTERS
from reliability.errors import SluiceError

TOLD = "TOLD"
#: In the order of the table, with the words of its rows.
TYPES = {
    NotificationType.AWAITING_REVIEW: "An execution waits for me",
    NotificationType.CONTINUOUS_AGENT_ERROR: "An execution failed",
    NotificationType.BLOCK_EXECUTION_FAILED: "A block failed, and its graph went on",
    NotificationType.AGENT_RUN: "An execution completed",
    NotificationType.EXECUTION_STOPPED: "An execution was stopped",
    NotificationType.SCHEDULE_PAUSED: "A schedule was paused",
    NotificationType.CREDENTIAL_EXPIRING: "A credential is about to expire",
    NotificationType.ZERO_BALANCE: "Out of credits",
    NotificationType.LOW_BALANCE: "Few credits are left",
    NotificationType.REFUND_REQUEST: "A refund was asked for",
    NotificationType.REFUND_PROCESSED: "A refund has ended",
    NotificationType.DAILY_SUMMARY: "My day",
    NotificationType.WEEKLY_SUMMARY: "My week",
    NotificationType.MONTHLY_SUMMARY: "My month",
}
CHOICES = [(type.value, words) for type, words in TYPES.items()]


@dataclass(frozen=True, slots=True)
class Box:
    """One place of the table: a checkbox, or nothing where nothing is sent."""

    column: str
    words: str
    is_checked: bool
    is_possible: bool


@dataclass(frozen=True, slots=True)
class Row:
    type: str
    words: str
    boxes: list[Box]


class WishesForm(forms.Form):
    """What is wanted, and where: a table of a row for each type and a column for each way that is open."""

    daily_limit = forms.IntegerField(
        label="E-mails a day at most",
        min_value=0,
        max_value=DAILY_MAX,
        help_text="0: none. What is beyond it is in the list only.",
    )
    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    quiet_until = forms.TimeField(
        label="Quiet until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text="Between them nothing goes out, and waits for their end. Both empty: never quiet.",
    )

    def __init__(self, channels: Iterable[NotificationChannel], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = {TOLD: "At all"} | {channel.value: words_of(channel) for channel in channels}
        for column, words in self.columns.items():
            self.fields[column] = forms.MultipleChoiceField(label=words, choices=CHOICES, required=False)

    @classmethod
    def showing(cls, wishes: NotificationWishes, channels: Iterable[NotificationChannel]) -> "WishesForm":
        channels = tuple(channels)
        refused = {TOLD: wishes.refused} | {channel.value: wishes.refused_on.get(channel, ()) for channel in channels}
        wanted = {column: [type for type in TYPES if type not in types] for column, types in refused.items()}
        quiet = {
            name: value and value.strftime("%H:%M")
            for name, value in {"quiet_from": wishes.quiet_from, "quiet_until": wishes.quiet_until}.items()
        }
        return cls(channels, initial={"daily_limit": wishes.daily_limit, **quiet, **wanted})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        begin, end = given.get("quiet_from"), given.get("quiet_until")
        if (begin is None) != (end is None) and not self.errors:
            self.add_error("quiet_until", "Give both times, or neither.")
        if begin is not None and begin == end:
            self.add_error("quiet_until", "They must begin and end at different times.")
        return given

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Those beside the table."""
        return [self[name] for name in self.fields if name not in self.columns]

    def rows(self) -> Iterator[Row]:
        for type, words in TYPES.items():
            boxes = [
                Box(column, f"{words}: {title}", type in (self[column].value() or ()), _is_possible(type, column))
                for column, title in self.columns.items()
            ]
            yield Row(type.value, words, boxes)

    def wish(self) -> dict[str, Any]:
        """As arguments of `set_wishes`. What the table does not show stays as it is."""
        begin, end = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_until"]
        return {
            "preferences": self._chosen(TOLD),
            "channels": {column: self._chosen(column) for column in self.columns if column != TOLD},
            "daily_limit": self.cleaned_data["daily_limit"],
            "quiet": QuietHours(begin, end) if begin is not None else None,
        }

    def _chosen(self, column: str) -> dict[str, bool]:
        chosen = self.cleaned_data[column]
        return {type.value: type in chosen for type in TYPES if _is_possible(type, column)}


class ChatForm(forms.Form):
    """The incoming webhook of a chat. What was stored is shown to nobody again."""

    url = forms.CharField(
        label="Address of its incoming webhook",
        max_length=URL_CHARACTERS,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )

    def refuse(self, error: SluiceError) -> None:
        self.add_error("url", error.data.get("fields", {}).get("url", error.message))


def words_of(channel: NotificationChannel) -> str:
    return "E-mail" if channel is NotificationChannel.EMAIL else channel.value.title()


def _is_possible(type: NotificationType, column: str) -> bool:
    """What is for operators, its user only finds in the list."""
    return column == TOLD or STRATEGIES[type] is not Strategy.ADMIN
