"""Ground: the wire. Flyte's messages under short names, and what can be said about them purely.

Wire bytes are stored as received and never re-encoded. Only `idl.pb` imports generated code.
"""
