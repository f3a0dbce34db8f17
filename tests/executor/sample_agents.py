"""What the real agents are given in the fake world, and what they must make of it. The agents are not part of this
repository; each is named by its file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.world.discord import written
from tests.world.everything import Everything
from tests.world.ideogram import GENERATE
from tests.world.knowledge import LEADER

FOLDER = Path(__file__).parents[3] / "shared" / "agents"

#: What Ada's posts at Medium are sent to.
NEW_POST = "POST https://api.medium.com/v1/users/5303d7/posts"

Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """inputs: those that have no value of their own, or a better one.

    own_keys: the providers at which the owner has a credential of their own; elsewhere the installation's is used.
    outputs: `{output: [words that a value of it holds]}`, a tuple for each value, in any order.
    heard: `{address: words}`, which every call of that address brought there.
    failures: `[(block, words of its error)]` of the node executions that fail, and must.
    """

    file: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    own_keys: frozenset[str] = frozenset()
    outputs: Mapping[str, Sequence[Words]] = field(default_factory=dict)
    heard: Mapping[str, Words] = field(default_factory=dict)
    failures: Sequence[tuple[str, str]] = ()
    #: It runs a program, which not every machine can isolate.
    needs_isolation: bool = False
    #: What happens in the world meanwhile.
    arrange: Callable[[Everything], None] = lambda everything: None

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.file}.json"


def two_people_write(everything: Everything) -> None:
    """While the graph listens; when both are answered, the bot's token is taken back."""
    discord = everything.discord
    news = [written(101, "!chat the harbour"), written(102, "!chat the bridge")]
    discord.on_look = lambda number: discord.general.messages.extend(news if number == 2 else [])
    discord.most_answers = len(news)


SAMPLES = (
    Sample(
        file="agent_31daf49d-31d3-476b-aa4c-099abc59b458",
        inputs={"Theme": "Gardening"},
        own_keys=frozenset({"ideogram"}),
        outputs={"Generated Image": [("https://ideogram.ai/api/images/",)] * 4},
        heard={GENERATE: ("gpt-4o on this", 'based on the theme: \\"Gardening\\"')},
    ),
    Sample(
        file="agent_516d813b-d1bc-470f-add7-c63a4b2c2bad",
        inputs={"Arguments": "seven"},
        outputs={"return": [("o3-mini on this: seven",)]},
    ),
    Sample(
        file="agent_6e16e65a-ad34-4108-b4fd-4a23fced5ea2",
        inputs={"Location": "Oslo", "Business Type": "cafés", "Max Number of Businesses to Analyze (max 60)": 3},
        outputs={"Results": [(LEADER, f"Business Name: Café {number}") for number in range(3)]},
    ),
    Sample(
        file="agent_b6f6f0d3-49f4-4e3b-8155-ffe9141b32c0",
        inputs={"Product Pitch": "Lighthouses that telephone each other about fog"},
        own_keys=frozenset({"openai"}),
        outputs={
            "Domain Suggestions": [
                ("I checked 6 domains", "available to register now: 2", "telephone.com  \nlighthouses.com")
            ]
        },
        needs_isolation=True,
    ),
    Sample(
        file="agent_e7bb29a1-23c7-4fee-aa3b-5426174b8c52",
        outputs={
            "LinkedIn Post": [
                (
                    "claude-sonnet-4-5-20250929 on this",
                    "Even what goes over lines.",
                    "writing style Inspirational",
                    "The post type is Recommendation",
                    "in the Curated Content style",
                )
            ]
        },
    ),
    Sample(
        file="agent_f2cc74bb-f43f-4395-9c35-ecb30b5b4fc9",
        own_keys=frozenset({"openai"}),
        outputs={
            "Original Page Analysis": [("gpt-4o on this: Analyze", "automations that run while you sleep")],
            "Improved Webpage Copy": [("gpt-4o on this: Current", "gpt-4o on this: Analyze", "has ever wanted")],
        },
    ),
    Sample(
        file="agent_fc2c9976-0962-4625-a27b-d316573a9e7f",
        inputs={"Business Name": "Ada Lovelace", "Address": "London"},
        outputs={"Email": [("ada.lovelace@example.org",)]},
    ),
    Sample(file="calculator-agent", inputs={"Input": 8}, outputs={"Output": [("42",)]}),
    Sample(
        file="old_Business_Owner_Finder_v89",
        inputs={"What do you want to look for and where?": "cafés in Oslo"},
        own_keys=frozenset({"google_maps"}),
        outputs={"Results!": [(LEADER, "Business Name: Café 0")]},
    ),
    Sample(
        file="old_Financial_Advisor",
        inputs={"Goal": "A boat", "Income": "20000"},
        outputs={
            "Your Situation": [("Goal: A boat", "Income: 20000", "Expenses: 6000", "Country: USA")],
            "Advice": [("gpt-4o on this", "Goal: A boat")],
        },
    ),
    Sample(
        file="template_Discord_Bot_Chat_To_LLM_v5",
        own_keys=frozenset({"discord"}),
        failures=[("ReadDiscordMessages", "401")],
        arrange=two_people_write,
    ),
    Sample(
        file="template_Medium_Blogger_v28",
        own_keys=frozenset({"jina", "medium"}),
        heard={NEW_POST: ("TITLE: [1] Title: On 19th July 2024 Microsoft Blackout", "why it went on for so long")},
    ),
)
