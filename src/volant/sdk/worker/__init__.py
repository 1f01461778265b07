"""What runs inside task processes: the zygote that imports a user's file, the workers it forks, and the
program `volant-execute`. It must never import the engine, a store, a launcher or asyncio.
"""
