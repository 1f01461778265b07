"""Our own messages: the `.proto` files and, beside each, what `make protos` generated from it.

Never edit the generated files, and import them through `volant.idl.messages` only.
"""
