"""Where there are no outside services: for tests whose plugins call none."""

from typing import Any, NoReturn

from volant.base.errors import UnsupportedError


class NoHttp:
    """Refuses every call. Implements `contracts.http.EngineHttp`."""

    def request(self, method: str, url: str, **_: Any) -> NoReturn:
        """Refuse.

        Raises:
            UnsupportedError: Always.
        """
        raise UnsupportedError(f"{method} {url}: there are no outside services here")

    async def arequest(self, method: str, url: str, **_: Any) -> NoReturn:
        """Refuse.

        Raises:
            UnsupportedError: Always.
        """
        self.request(method, url)

    async def open(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is to be closed."""
