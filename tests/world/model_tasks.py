"""What the models of the world do when a prompt asks for something between tags, by the tags that it names."""

import re
from collections.abc import Callable, Sequence

from tests.world.knowledge import found, leads

_ADDRESS = re.compile(r"[\w.]+@[\w.]+\w")
_LED = re.compile(r"(\w+ \w+) is the CEO of ([^.]+)\.")
_OWNED = re.compile(r"The register names (\w+ \w+) as the owner of ([^.]+)\.")
_REVIEWED = re.compile(r"What guests say of (.+?) \(")
_NAME = re.compile(r'"name": "([^"]+)"')
_TAGGED = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)
#: Letters of a word that makes a good name.
LEAST_LETTERS = 4


def carried_out(prompt: str, told: Sequence[str]) -> str:
    """The answer; empty if the prompt asks for none of these. told: what tools have said."""
    for marks, task in _TASKS:
        if all(mark in prompt for mark in marks):
            return task(prompt, " ".join(told))
    return ""


def looked_up(question: str) -> str:
    """What a model that can search the web says: who leads the business in the question, if there is one."""
    business = _NAME.search(question)
    return leads(business[1]) if business else found(question)


def subject_of(prompt: str) -> str:
    """What a prompt puts between its first tags; all of it without any."""
    tagged = _TAGGED.search(prompt)
    return (tagged[2] if tagged else prompt).strip()


def between(tag: str, text: str) -> str:
    """What stands between the last pair of tags."""
    return text.rpartition(f"<{tag}>")[2].partition(f"</{tag}>")[0]


def _domains(prompt: str, told: str) -> str:
    """A name for each word of the pitch."""
    words = re.findall(r"[a-z]+", between("product_pitch", prompt).lower())
    return f"<domains>{','.join(f'{word}.com' for word in words if len(word) >= LEAST_LETTERS)}</domains>"


def _ranked(prompt: str, told: str) -> str:
    """The shortest first."""
    names = sorted(re.findall(r"\S+\.com", between("domain_list", prompt)), key=len)
    listed = "\n".join(names)
    return f"<domain_analysis>Short names are good names.</domain_analysis>\n<domains>\n{listed}\n</domains>"


def _mail_address(prompt: str, told: str) -> str:
    """The one that has the name in it."""
    content, _, question = prompt.partition("</business_website>")
    name = question.partition("Contact Email of ")[2].partition(".\n")[0]
    fitting = [address for address in _ADDRESS.findall(content) if ".".join(name.lower().split()) in address]
    return f"<thoughts_or_comments>There were some.</thoughts_or_comments>\n<email>{(fitting or ['N/A'])[0]}</email>"


def _owner(prompt: str, told: str) -> str:
    """Found in the register; what guests say is no more than a reason to look there."""
    facts = between("business_info", prompt)
    if owned := _OWNED.search(facts):
        return f"<identified_owner>Business Owner's Name: {owned[1]}\nBusiness Name: {owned[2]}</identified_owner>"
    reviewed = _REVIEWED.search(facts)
    query = f'"Register entry of {reviewed[1]}"' if reviewed else '"the owner"'
    return f"<google_searches>[{_quoted(query)}]</google_searches>"


def _leader(prompt: str, told: str) -> str:
    led = _LED.search(told)
    facts = f"Name: {led[1]}\nPosition: CEO\nBusiness Name: {led[2]}" if led else "Nobody knows."
    return f"<identified_owner_ceo>\n{facts}\n</identified_owner_ceo>"


def _quoted(text: str) -> str:
    """As JSON, with the quotation marks that search engines take for "exactly so"."""
    return '"' + text.replace('"', '\\"') + '"'


_TASKS: tuple[tuple[tuple[str, ...], Callable[[str, str], str]], ...] = (
    (("<domain_list>",), _ranked),
    (("<product_pitch>", "<domains>"), _domains),
    (("<business_website>", "<email>"), _mail_address),
    (("<business_info>", "<google_searches>"), _owner),
    (("<identified_owner_ceo>",), _leader),
)
