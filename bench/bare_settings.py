"""The site's settings, with the bare views beside its addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare_urls"
