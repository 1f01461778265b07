"""Where values go and come from: small ones in rows, big ones in blobs, shared ones by reference to a row."""

from volant.base.errors import SystemFault
from volant.base.ids import ActionName, RunId
from volant.contracts.blob import BlobStore
from volant.contracts.rows import MAX_INLINE_BYTES, ActionRow, ValueRef
from volant.idl import pb
from volant.idl.literals import parse_literal_map

EMPTY = ValueRef(data=b"")


class Values:
    """Keeps and fetches serialized LiteralMaps."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def keep(self, data: bytes, uri: str) -> ValueRef:
        """A reference to `data`: the bytes themselves, or the blob `uri`, durable when this returns.

        Raises:
            StoreFault: The blob cannot be written.
        """
        if len(data) <= MAX_INLINE_BYTES:
            return ValueRef(data=data) if data else EMPTY
        self._blobs.write(uri, data)
        return ValueRef(uri=uri)

    def wire(self, ref: ValueRef) -> bytes:
        """The bytes of a reference that is not to a row.

        Raises:
            NotFoundError: The blob is gone.
        """
        if ref.data is not None:
            return ref.data
        if ref.uri:
            return self._blobs.read(ref.uri)
        raise SystemFault(f"a reference to row {ref.row} was not followed")

    def parsed(self, ref: ValueRef) -> pb.LiteralMap:
        """The LiteralMap of a reference that is not to a row."""
        return parse_literal_map(self.wire(ref))


def follow(ref: ValueRef, rows: dict[ActionName, ActionRow], run: RunId) -> ValueRef:
    """A reference that names bytes or a blob, found by going from row to row.

    Raises:
        SystemFault: A row it goes through is not there.
    """
    while ref.row is not None:
        name, side = ref.row
        row = rows.get(name)
        found = None if row is None else (row.inputs if side == "inputs" else row.outputs)
        if found is None:
            raise SystemFault(f"{run}: the {side} of {name or 'the run'} are not on record")
        ref = found
    return ref
