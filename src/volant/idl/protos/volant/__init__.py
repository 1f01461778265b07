"""Messages of the protobuf package `volant`."""
