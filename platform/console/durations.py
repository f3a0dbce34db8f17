"""How long something took, in words. live.js writes times in the same way."""

SECONDS_PER_MINUTE = 60


def duration_text(seconds: float) -> str:
    """Three digits or so: `<1 ms`, `25 ms`, `1.25 s`, `12.3 s`, `2 min 5 s`."""
    milliseconds = seconds * 1000
    if milliseconds < 1:
        return "<1 ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), SECONDS_PER_MINUTE)
    return f"{minutes} min {rest} s"
