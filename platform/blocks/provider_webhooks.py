"""What a trigger block wants to be told, and by whom."""

from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderWebhook:
    """The webhook that a WEBHOOK block needs at a provider. Its credentials pin is called `credentials`.

    provider: as credentials name it.  resource: the pin that says what is watched.
    kind: what the provider calls this kind of event.
    events: the pin with a flag for each event of the kind; empty if there is only one.
    """

    provider: str
    resource: str
    kind: str
    events: str = ""

    def pins(self) -> frozenset[str]:
        """Those that a block with such a webhook must have."""
        return frozenset({"credentials", self.resource, self.events} - {""})

    def wanted(self, input: BaseModel) -> frozenset[str]:
        """The events that are chosen: `kind.event`, or the kind itself where there is only one."""
        if not self.events:
            return frozenset({self.kind})
        flags: BaseModel = getattr(input, self.events)
        return frozenset(f"{self.kind}.{name}" for name, is_chosen in flags.model_dump().items() if is_chosen)


def kind_of(event: str) -> str:
    return event.partition(".")[0]
