"""Which amounts can be bought. Pure; whole credits, 1 credit = 1 US cent."""

from credits.payments.errors import InvalidAutoTopUp, InvalidTopUp

TOP_UP_MIN = 500
TOP_UP_STEP = 100
#: The most that Stripe takes at once, in cents.
TOP_UP_MAX = 99_999_900


def check_top_up(amount: object) -> int:
    """The amount itself. Raises InvalidTopUp, naming the field and the limit."""
    if type(amount) is not int or not TOP_UP_MIN <= amount <= TOP_UP_MAX or amount % TOP_UP_STEP:
        rule = f"must be a multiple of {TOP_UP_STEP} credits, from {TOP_UP_MIN} to {TOP_UP_MAX}"
        raise InvalidTopUp(f"credit_amount: {rule}.", fields={"credit_amount": f"It {rule}."})
    return amount


def check_auto_top_up(*, threshold: object, amount: object, daily_max: int) -> tuple[int, int]:
    """`(threshold, amount)` themselves. amount 0: switched off. Raises InvalidAutoTopUp, naming what is wrong."""
    fields: dict[str, str] = {}
    if type(threshold) is not int or not 0 <= threshold <= TOP_UP_MAX:
        fields["threshold"] = f"It must be a whole number of credits from 0 to {TOP_UP_MAX}."
    if type(amount) is not int or (amount != 0 and not TOP_UP_MIN <= amount <= daily_max):
        fields["amount"] = f"It must be 0, or a whole number of credits from {TOP_UP_MIN} to {daily_max}."
    if fields:
        raise InvalidAutoTopUp(" ".join(f"{name}: {text}" for name, text in fields.items()), fields=fields)
    assert type(threshold) is int
    assert type(amount) is int
    if amount and amount < threshold:
        text = "It must not be less than the threshold."
        raise InvalidAutoTopUp(f"amount: {text}", fields={"amount": text})
    return threshold, amount
