"""What can go wrong with prices."""

from reliability.errors import Conflict, InvalidInput


class ModelPriceUnknown(InvalidInput):
    """It is not known what this model costs."""

    code = "model_price_unknown"

    def __init__(self, model: str) -> None:
        """model: its name as the block was given it; it may be empty."""
        self.model = model[:200].replace("\x00", "")
        super().__init__(
            f"It is not known what the model {self.model!r} costs, so it is not asked. An operator can enter its price "
            "in the admin (Prices, Model prices), or set MODEL_UNKNOWN_PRICE.",
            model=self.model,
        )


class PriceInvalid(InvalidInput):
    """This is not a price that can be charged by."""

    code = "price_invalid"


class PriceChanged(Conflict):
    """This price has been changed meanwhile. Please look at it again."""

    code = "price_changed"
