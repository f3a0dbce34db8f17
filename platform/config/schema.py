"""How the schema of the API is generated: `manage.py spectacular --file docs/openapi.yaml`."""

from typing import Any

from api.schema_components import components

DESCRIPTION = """Sluice runs agent graphs.

What all addresses have in common (errors, limits, repeated requests, lists) is in the documentation of the API. Every
address may also answer 405, 406 and 431, as problems too, to requests that no client sends by intent."""

#: Where different enumerations stand under one name, and one under several.
ENUM_NAMES = {
    "ExecutionStatus": "executor.statuses.Status.values",
    "HoldStatus": "credits.models.HoldStatus",
    "KeyStatus": "accounts.models.KeyStatus.values",
    "PaymentStatus": "credits.payments.models.PaymentStatus",
    "RefundStatus": "credits.payments.models.RefundStatus",
    "ReviewStatus": "executor.reviews.statuses.ReviewStatus",
}


def schema_settings() -> dict[str, Any]:
    return {
        "TITLE": "Sluice",
        "DESCRIPTION": DESCRIPTION,
        "VERSION": "1",
        "OAS_VERSION": "3.1.0",
        "SCHEMA_PATH_PREFIX": "/api/v1",
        "SCHEMA_PATH_PREFIX_TRIM": True,
        "SERVERS": [{"url": "/api/v1"}],
        "PREPROCESSING_HOOKS": ["api.schema.each_once"],
        "COMPONENT_SPLIT_REQUEST": True,
        "PATH_CONVERTER_OVERRIDES": {"int": {"type": "integer", "minimum": 0}},
        "APPEND_COMPONENTS": components(),
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
        "ENABLE_DJANGO_DEPLOY_CHECK": False,  # a test makes the schema; whoever asks the doctor need not wait for it
        "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    }
