"""What can be wrong with presets."""

from reliability.errors import NotAllowed


class TooManyPresets(NotAllowed):
    """The user has as many presets as one may have."""

    # data: limit
    code = "too_many_presets"
