"""Room: what authors write with, and the worker that runs inside the task's process.

It must never import engine, launchers, plugins or stores: it runs inside users' processes and containers.
Importing the authoring names loads no gRPC, SQL, HTTP, asyncio, pandas or engine module.
"""
