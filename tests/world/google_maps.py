"""The Places API, as developers.google.com/maps/documentation/places/web-service/text-search describes it."""

from dataclasses import dataclass
from typing import Any

from tests.world.server import Call, Said, World

SEARCH = "POST https://places.googleapis.com/v1/places:searchText"


def place(number: int) -> dict[str, Any]:
    return {
        "id": f"place-{number}",
        "displayName": {"text": f"Café {number}", "languageCode": "en"},
        "formattedAddress": f"Kai {number}, Oslo",
        "location": {"latitude": 59.9, "longitude": 10.7},
        "googleMapsUri": f"https://maps.google.com/?cid={number}",
        "nationalPhoneNumber": "22 00 00 00",
        "websiteUri": f"https://cafe-{number}.example",
        "rating": 4.5,
        "userRatingCount": 120,
    }


@dataclass
class Places:
    """count: how many places every search finds. Google gives no more than 60, 20 at once."""

    world: World
    count: int = 45

    def open(self) -> None:
        self.world.says(SEARCH, self._search)

    def _search(self, call: Call) -> Said:
        start, size = int(call.json.get("pageToken", "0")), min(call.json["pageSize"], 20)
        found = [place(number) for number in range(start, min(start + size, self.count))]
        more = {"nextPageToken": str(start + size)} if start + size < self.count else {}
        return {"places": found, **more}
