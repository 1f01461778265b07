"""An engine in a thread of its own: what a script, a notebook's running loop and a command line all can use."""

import asyncio
import threading
from concurrent.futures import Future

from volant.base.errors import LeaseLostError
from volant.base.ids import RunId
from volant.base.phases import RunPhase
from volant.engine.engine import Engine


class EngineThread:
    """Runs one run, or serves the store, until that is over or it is told to stop.

    Attributes:
        started: The engine's id in the store, once it has one.
        done: The run's terminal phase; None where it was drained before. Raises what ended the engine.
    """

    def __init__(self, engine: Engine, run: RunId | None) -> None:
        """Start.

        Args:
            engine: Not started.
            run: The run; None for whatever can be claimed.
        """
        self.started: Future[str] = Future()
        self.done: Future[RunPhase | None] = Future()
        self._engine = engine
        self._run = run
        self._ready = threading.Event()
        self._stop_jobs = False
        self._thread = threading.Thread(target=self._main, name="volant-engine", daemon=True)
        self._thread.start()

    def drain(self, *, stop_jobs: bool) -> None:
        """Start nothing new, commit what is pending, give up the lease; `done` tells when. Idempotent.

        Args:
            stop_jobs: End running processes; otherwise they go on, and the next engine adopts them.
        """
        self._ready.wait()
        self._stop_jobs = stop_jobs
        if not self.done.done():
            self._loop.call_soon_threadsafe(self._stop.set)

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _main(self) -> None:
        try:
            phase = asyncio.run(self._live())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            if not self.started.done():
                self.started.set_exception(error)
            self.done.set_exception(error)
        else:
            self.done.set_result(phase)
        finally:
            self._ready.set()

    async def _live(self) -> RunPhase | None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._engine.start()
        self.started.set_result(self._engine.lease.engine)
        work = asyncio.create_task(self._work())
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        try:
            await self._engine.drain(stop_jobs=self._stop_jobs)
        except Exception:
            if work.done() and (first := work.exception()):
                # What broke the engine is what people should read, not what that broke in turn.
                raise first from None
            raise
        return await self._result(work)

    async def _work(self) -> RunPhase | None:
        if self._run is not None:
            return await self._engine.run(self._run)
        await self._engine.serve()
        return None

    async def _result(self, work: "asyncio.Task[RunPhase | None]") -> RunPhase | None:
        try:
            return await work
        except LeaseLostError:
            if self._stop.is_set():
                return None
            raise
