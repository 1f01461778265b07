"""`volant engine`: an engine kept alive over the store, for other processes' runs."""

import signal
import threading

import click

from volant.app.compose import make_engine
from volant.app.engine_thread import EngineThread
from volant.app.serving import serving
from volant.app.site import Site
from volant.cli.errors import note
from volant.cli.options import home_option, open_site, plugin_option

EPILOGUE = """\b
Examples:
  volant engine &                                  take up every run in the data folder
  volant run --detach flights.py report            hand it a run, return at once
  volant engine --plugin sensor.py                 with a plugin of your own

SIGTERM and Ctrl-C stop it cleanly: running tasks go on, and the next engine finds them again.
"""


@click.command("engine", epilog=EPILOGUE)
@plugin_option
@home_option
def command(plugins: tuple[str, ...], home: str | None) -> None:
    """Keep an engine alive for other processes' runs.

    It also takes up runs that were interrupted. Several may share one data folder.
    """
    with open_site(plugins, home=home) as site:
        serve(site)


def serve(site: Site) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StoreFault: The store failed; nothing committed is lost.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    engine = EngineThread(make_engine(site), None)
    engine.done.add_done_callback(lambda _: stop.set())
    with serving(site, engine.started.result()):
        note(f"engine {engine.started.result()} serves {site.home}")
        stop.wait()
    engine.drain(stop_jobs=False)
    engine.join()
    engine.done.result()
