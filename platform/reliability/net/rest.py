"""Reading the rest of an answer that a package's own client has asked for in pieces."""

import httpx2

from reliability.net.errors import OutwardFailed


async def rest_of(response: httpx2.Response) -> bytes:
    """All that is still to come of it. Raises OutwardFailed when it breaks off, OutwardRefused when it is too large."""
    try:
        return await response.aread()
    except httpx2.HTTPError as error:
        raise OutwardFailed("The server broke off its answer.") from error
