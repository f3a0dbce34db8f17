"""The names of all settings that can be set from the environment, read from the source."""

import re
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent / "platform" / "config"
KNOB = re.compile(r"""\benv\.\w+\(\s*"([A-Z_]+)\"""")


def knobs() -> set[str]:
    sources = (CONFIG / name for name in ("env.py", "settings.py"))
    return {name for source in sources for name in KNOB.findall(source.read_text())}
