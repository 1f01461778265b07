"""Python values to literals and back: one transformer for each family of types.

`engine.transformer(hint)` gives the transformer of a Python type; families are tried in a fixed order, pickle
comes last. Names of transformers are flytekit's: they are the tags of union variants on the wire.
"""
