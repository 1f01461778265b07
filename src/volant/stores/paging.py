"""Page tokens: the number of the last row seen, so that a page stays where it is under writes."""

from volant.base.errors import UserError


def token_number(token: str) -> int | None:
    """The number a page token names; None for the first page.

    Raises:
        UserError: No page of ours ended with it.
    """
    if not token:
        return None
    if not token.isdecimal():
        raise UserError(f"page token {token!r} is not one of ours", fix='use the last page\'s token, or "" to begin')
    return int(token)
