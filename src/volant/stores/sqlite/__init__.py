"""The default store: one SQLite file, shared by the processes of one machine, durable through a power cut.

`<home>/volant.db` holds the rows, `<home>/engines/` one held lock for each live engine, `<home>/volant.lock`,
`volant.gate` and `volant.turn` order who opens and who writes. Bells are sockets under the temporary folder.
"""

from volant.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
