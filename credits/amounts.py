"""How credits are written for people."""


def credits_and_dollars(credits: int) -> str:
    return f"{credits:,} ({dollars(credits)})"


def dollars(credits: int) -> str:
    """1 credit = 1 US cent."""
    whole, cents = divmod(abs(credits), 100)
    return f"{'-' if credits < 0 else ''}${whole:,}.{cents:02d}"
