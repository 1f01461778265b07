"""Messages of the built-in plugins' tasks: the protobuf package `volant.plugins`."""
