"""Finding businesses and other places by Google Maps (Places API, Text Search)."""

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin
from blocks.prices import CostType, Price
from blocks.service import Service, text_in
from blocks.web import HeaderValue

#: Places that Google gives at once, and for one search.
PAGE_SIZE = 20
MAX_RESULTS = 60
#: By Google's list of prices for these fields; it does not say so in the answer.
USD_FOR_A_PAGE = Decimal("0.035")

_FIELDS = (
    "id",
    "displayName",
    "formattedAddress",
    "location",
    "googleMapsUri",
    "nationalPhoneNumber",
    "websiteUri",
    "rating",
    "userRatingCount",
)
_MASK = ",".join([*(f"places.{field}" for field in _FIELDS), "nextPageToken"])


def _headers(credential: Credential) -> Mapping[str, HeaderValue]:
    return {"X-Goog-Api-Key": credential.secret, "X-Goog-FieldMask": _MASK}


MAPS = Service("Google Maps", "https://places.googleapis.com", _headers)


class GoogleMapsSearchBlock(Block):
    """Searches for places."""

    id = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    description = "Gives the businesses and other places of Google Maps that a text describes, one after the other."
    categories = frozenset({Category.SEARCH})
    effect = Effect.IDEMPOTENT
    prices = (Price(110, type=CostType.COST_USD, hold=12),)
    examples = (
        Example(
            input={"query": "cafés in Oslo", "max_results": 1},
            output=[
                (
                    "place",
                    {
                        "name": "Harbour Café",
                        "address": "Kai 1, Oslo",
                        "phone": "22 00 00 00",
                        "rating": 4.5,
                        "reviews": 120,
                        "website": "https://harbour.example",
                        "place_id": "place-1",
                        "latitude": 59.9,
                        "longitude": 10.7,
                        "google_maps_url": "https://maps.google.com/?cid=1",
                    },
                )
            ],
            web={
                "POST https://places.googleapis.com/v1/places:searchText": {
                    "places": [
                        {
                            "id": "place-1",
                            "displayName": {"text": "Harbour Café", "languageCode": "en"},
                            "formattedAddress": "Kai 1, Oslo",
                            "location": {"latitude": 59.9, "longitude": 10.7},
                            "googleMapsUri": "https://maps.google.com/?cid=1",
                            "nationalPhoneNumber": "22 00 00 00",
                            "websiteUri": "https://harbour.example",
                            "rating": 4.5,
                            "userRatingCount": 120,
                        }
                    ]
                }
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("google_maps", description="A key for the Places API.")
        query: str = Pin(description="What to look for, and where.", placeholder="restaurants in New York")
        radius: int = Pin(
            default=5_000,
            ge=1,
            le=50_000,
            description="Of old graphs, without effect: the query says where. Metres.",
        )
        max_results: int = Pin(default=PAGE_SIZE, ge=1, le=MAX_RESULTS, description="How many places at most.")

    class Output(Pins):
        place: dict[str, Any] = Pin(
            description="A place: name, address, phone, rating, reviews, website, place_id, latitude, longitude, "
            "google_maps_url."
        )
        error: str = Pin(description="Why there are no places.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        left, token = input.max_results, ""
        while left > 0:
            places, token = await page(context, input.query, token, size=min(PAGE_SIZE, left))
            for place in places[:left]:
                yield "place", place
            left -= len(places)
            if not (places and token):
                break


async def page(context: Context, query: str, token: str, *, size: int) -> tuple[list[dict[str, Any]], str]:
    """Some places, and the token for the next ones; empty after the last."""
    body = {"textQuery": query, "pageSize": size, **({"pageToken": token} if token else {})}
    answer = await MAPS.ask(context, "POST", "/v1/places:searchText", json=body)
    context.stats.usd += USD_FOR_A_PAGE
    context.stats.items += len(found := [place for place in answer.get("places") or [] if isinstance(place, dict)])
    return [place_of(place) for place in found], text_in(answer, "nextPageToken")


def place_of(place: dict[str, Any]) -> dict[str, Any]:
    """What is not known is empty, 0 or None."""
    location = place.get("location") or {}
    return {
        "name": text_in(place, "displayName", "text"),
        "address": text_in(place, "formattedAddress"),
        "phone": text_in(place, "nationalPhoneNumber"),
        "rating": place.get("rating") or 0,
        "reviews": place.get("userRatingCount") or 0,
        "website": text_in(place, "websiteUri"),
        "place_id": text_in(place, "id"),
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
        "google_maps_url": text_in(place, "googleMapsUri"),
    }
