"""Threads of the kit's own: where a plugin's sync methods run. One that hangs keeps nothing from ending."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class DaemonThreads(Executor):
    """A thread for each call.

    Attributes:
        idents: Of the threads at work.
    """

    def __init__(self) -> None:
        self.idents: set[int] = set()
        self._threads: list[threading.Thread] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Call it in a thread."""
        future: Future[T] = Future()
        thread = threading.Thread(target=self._run, args=(future, lambda: fn(*args, **kwargs)), daemon=True)
        self._threads.append(thread)
        thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for all of them."""
        for thread in self._threads:
            thread.join()

    def abandon(self) -> None:
        """Wait for none of those that are at work."""
        self._threads.clear()
        self.idents.clear()

    def _run(self, future: "Future[T]", call: Callable[[], T]) -> None:
        self.idents.add(threading.get_ident())
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  whoever waits is told
            self.idents.discard(threading.get_ident())
            future.set_exception(error)
        else:
            self.idents.discard(threading.get_ident())
            future.set_result(result)
