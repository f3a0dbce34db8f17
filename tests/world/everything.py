"""All of the fake world at once, in the place of the real one: every service, the open web, and models."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.test import override_settings

from executor.hosting.services import configured_models, door
from tests.world import models, search
from tests.world.airtable import Airtable
from tests.world.dataforseo import open_dataforseo
from tests.world.discord import Discord
from tests.world.firecrawl import Firecrawl
from tests.world.github import GitHub
from tests.world.gmail import Gmail
from tests.world.google_calendar import Calendar
from tests.world.google_maps import Places
from tests.world.ideogram import open_ideogram, paints_each_prompt
from tests.world.medium import open_medium
from tests.world.replicate import Replicate
from tests.world.revid import Revid
from tests.world.server import World, world
from tests.world.slack import open_slack
from tests.world.telegram import open_telegram
from tests.world.web import open_web
from tests.world.wordpress import open_wordpress
from tests.world.youtube import open_youtube


@dataclass
class Everything:
    """The services that a test may want to tell something beforehand are here by name."""

    world: World
    discord: Discord = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.discord, self.places = Discord(self.world), Places(self.world)

    def open(self) -> None:
        search.stand(self.world)
        for service in (Airtable, Firecrawl, GitHub, Gmail, Calendar, Replicate, Revid):
            service(self.world).open()
        for open_service in (open_dataforseo, open_ideogram, open_medium, open_slack, open_telegram, open_wordpress):
            open_service(self.world)
        for open_service in (open_youtube, open_web, models.open_models, paints_each_prompt):
            open_service(self.world)
        self.discord.open()
        self.places.open()


@contextmanager
def everything() -> Iterator[Everything]:
    """What blocks and models of this process ask meanwhile. An address that nobody answers is an error in the end."""
    with world() as made:
        all_of_it = Everything(made)
        all_of_it.open()
        with override_settings(**_settings(made)):
            _ask_anew()
            yield all_of_it
    _ask_anew()


def _settings(made: World) -> dict[str, object]:
    """Each model is asked at its own provider, with a key of the installation. Programs may ask for domain names."""
    return {
        "SERVICE_ADDRESSES": made.service_addresses,
        "MODEL_PROVIDER": "openai",
        "MODEL_API_KEYS": {provider: f"installation-{provider}" for provider in models.PROVIDERS},
        "MODEL_API_KEY": "",
        "MODEL_BASE_URL": "",
        "MODEL_BASE_URLS": {},
        "CODE_BLOCKS_ENABLED": True,
        "CODE_HOSTS": ["rdap.verisign.com"],
    }


def _ask_anew() -> None:
    door.cache_clear()
    configured_models.cache_clear()
