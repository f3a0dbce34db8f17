"""The schema of the API, and a page that shows it and lets it be tried. Anybody may read them, without any other site.

It is made beforehand, by `manage.py spectacular --file docs/openapi.yaml`; a test sees to it that it is up to date.
"""

import json
from functools import cache
from pathlib import Path

import yaml
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.yaml"
SWAGGER = "drf_spectacular_sidecar/swagger-ui-dist"
#: Swagger UI sets styles of elements, and shows pictures that are in its own stylesheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sluice API</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{style}">
<link rel="icon" href="{icon}"></head><body>
<div id="docs"></div><noscript>The schema itself is at <a href="{schema}">{schema}</a>.</noscript>
<script src="{bundle}"></script><script src="{start}" data-schema="{schema}"></script>
</body></html>
"""


@require_safe
def schema_as_yaml(request: HttpRequest) -> HttpResponse:
    return HttpResponse(document(), content_type="application/yaml")


@require_safe
def schema_as_json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(document_as_json(), content_type="application/json")


@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    page = PAGE.format(
        style=static(f"{SWAGGER}/swagger-ui.css"),
        icon=static(f"{SWAGGER}/favicon-32x32.png"),
        bundle=static(f"{SWAGGER}/swagger-ui-bundle.js"),
        start=static("api/docs.js"),
        schema=reverse("schema"),
    )
    return HttpResponse(page, headers={"Content-Security-Policy": POLICY})


@cache
def document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@cache
def document_as_json() -> str:
    return json.dumps(yaml.safe_load(document()))
