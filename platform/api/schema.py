"""What the schema says of every view beside what its annotations say: who may call it, what may go wrong, headers.

A view's own `problems` name the statuses that not every request may get.
"""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema

from api.schema_components import ALWAYS
from api.views import PublicView, Repeats, SignedView

#: Each with its pattern, method and view, as the generator hands them over.
Endpoint = tuple[str, str, str, Any]

BODIES = ("POST", "PUT", "PATCH")
_IDEMPOTENCY_KEY = {"$ref": "#/components/parameters/IdempotencyKey"}


class ApiSchema(AutoSchema):
    """Made for each view and method. Operation ids are the method and the address, so they change only with these."""

    def get_operation_id(self) -> str:
        places = (part.strip("{}").replace("-", "_") for part in self.path.split("/")[3:] if part)
        return "_".join((self.method.lower(), *places))

    def get_summary(self) -> str | None:
        """The first line of what the view says of itself; the rest is the description."""
        return self._said()[0] or None

    def get_description(self) -> str:  # type: ignore[override]  # as in AutoSchema
        return self._said()[1]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Keys need scopes; a signed-in page has all of them."""
        if isinstance(self.view, PublicView):
            return []
        scopes = [str(scope) for scope in getattr(self.view, "scopes", {}).get(self.method, ())]
        return [{"bearer": scopes}, {"key": scopes}, {"page": []}]

    def get_tags(self) -> list[str]:
        return [next(part for part in self.path.split("/")[3:] if part)]

    def _said(self) -> tuple[str, str]:
        first, _, rest = super().get_description().partition("\n")
        return first.strip(), rest.strip()

    def _get_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_parameters()
        return [*found, _IDEMPOTENCY_KEY] if self._takes_key() else found

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        return bodies | {str(status): _problem(status) for status in self._problems() if str(status) not in bodies}

    def _get_response_headers_for_code(
        self, status_code: str, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        return super()._get_response_headers_for_code(status_code, direction) | ALWAYS

    def _problems(self) -> list[int]:
        statuses = {400, 414, 429, *getattr(self.view, "problems", {}).get(self.method, ())}
        if not isinstance(self.view, PublicView):
            statuses |= {401, 403}
        elif isinstance(self.view, SignedView):
            statuses.add(401)
        if "{" in self.path:
            statuses.add(404)
        if self.method in BODIES:
            statuses |= {411, 413, 415}
        if self._takes_key():
            statuses |= {409, 422}
        return sorted(statuses)

    def _takes_key(self) -> bool:
        if self.method != "POST" or isinstance(self.view, PublicView):
            return False
        return getattr(self.view, "repeats", None) is not Repeats.UNKEYED


def each_once(endpoints: list[Endpoint]) -> list[Endpoint]:
    """A preprocessing hook of drf-spectacular: every address also exists with a slash at its end."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def _problem(status: int) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/Problem{status}"}
