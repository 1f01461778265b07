"""Names of things: runs, actions, attempts; and Flyte's fixed-length ids derived from them.

A run is identified by `project:domain:name`. An action is identified by (run, path); the path is the node id
at the top level and `<parent>/<generation>/<node id>` below. Above 200 bytes a path becomes its 128-bit
digest, so names stay bounded however deep the nesting. Flyte's 20-byte ids are derived, never identity.

Source of the derived ids: flytepropeller `pkg/controller/nodes/task/...` and flytestdlib `utils/hash`;
the vectors in tests/unit/base/test_ids.py are the reference's.
"""

import hashlib
import re
import secrets
from typing import NamedTuple, NewType

from volant.base.errors import UserError

RunId = NewType("RunId", str)
ActionName = NewType("ActionName", str)
EngineId = NewType("EngineId", str)
Digest = NewType("Digest", str)

ROOT = ActionName("")
"""The action that owns a run's top level nodes."""

MAX_PATH_BYTES = 200
_FNV = {32: (0x811C9DC5, 0x01000193), 64: (0xCBF29CE484222325, 0x100000001B3)}
_ALPHABET = "abcdefghijklmnopqrstuvwxyz123456"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_RANDOM_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class AttemptKey(NamedTuple):
    """One try of one action.

    Attributes:
        run: The run.
        action: The action's path.
        number: 0 for the first try.
    """

    run: RunId
    action: ActionName
    number: int


def run_id(project: str, domain: str, name: str) -> RunId:
    """The identity of a run.

    Raises:
        UserError: A part is empty or holds a character Flyte does not allow.
    """
    for what, part in (("project", project), ("domain", domain), ("run name", name)):
        if not _NAME.fullmatch(part):
            raise UserError(
                f"{what} {part!r} is not a valid name",
                fix="use a lower case letter, then up to 62 of a-z, 0-9 and '-'",
            )
    return RunId(f"{project}:{domain}:{name}")


def run_name(run: RunId) -> str:
    """The last part of a run's identity."""
    return run.rsplit(":", 1)[1]


def random_run_name() -> str:
    """A fresh name as Flyte makes them: "a" and 19 letters without vowels. Source: flyteadmin naming."""
    return "a" + "".join(secrets.choice(_RANDOM_NAME_LETTERS) for _ in range(19))


def child_name(parent: ActionName, generation: int, node_id: str) -> ActionName:
    """The path of a node inside `parent` during the parent's attempt `generation`."""
    path = f"{parent}/{generation}/{node_id}" if parent else node_id
    raw = path.encode()
    if len(raw) <= MAX_PATH_BYTES:
        return ActionName(path)
    return ActionName("~" + hashlib.sha256(raw).hexdigest()[:32])


def generated_name(key: AttemptKey, max_length: int = 50, *, made_us: int = 0) -> str:
    """The stable name of an attempt; the same after every restart.

    Up to `max_length` (at least 14) of a-z, 0-9 and "-". Hashed to 64 bits where the plain form is too long, or
    could be taken for another attempt's because a node id has a dash of its own.

    Args:
        key: The attempt.
        max_length: In characters.
        made_us: When its run was made. With it the name is of use in outside systems, which know neither projects
            nor stores: it has a dash and seven characters more, that tell runs of one name apart. Without, it is
            the attempt's within its run, as in the folders of its files.
    """
    path = str(key.action)
    parts = [run_name(key.run), path.replace("/", "-"), str(key.number)]
    whole = f"{key.run}|{path}|{key.number}"
    if made_us:
        parts.append(_base32(fnv1a(f"{key.run}|{made_us}".encode(), 32), 4))
        whole = f"{whole}|{made_us}"
    plain = fixed_length_id(parts, max_length, bits=64)
    if "-" not in path and re.fullmatch(r"[a-z0-9-]+", plain):
        return plain
    return "f" + _base32(fnv1a(whole.encode(), 64), 8)


def fixed_length_id(parts: list[str], max_length: int, *, bits: int = 32) -> str:
    """Flyte's fixed-length id: the parts joined by "-", or a hash of that where it is longer.

    Args:
        parts: Leading empty parts vanish.
        max_length: In bytes.
        bits: 32 (8 characters) or 64 (14).

    Raises:
        ValueError: Even the hash is longer than `max_length`.
    """
    text = ""
    for part in parts:
        text = f"{text}-{part}" if text else part
    raw = text.encode()
    if len(raw) <= max_length:
        return text
    hashed = "f" + _base32(fnv1a(raw, bits), bits // 8)
    if len(hashed) > max_length:
        raise ValueError(f"an id of {bits} bits needs {len(hashed)} characters, only {max_length} are allowed")
    return hashed


def fnv1a(data: bytes, bits: int) -> int:
    """FNV-1a of `data`, 32 or 64 bits."""
    value, prime = _FNV[bits]
    mask = (1 << bits) - 1
    for byte in data:
        value = ((value ^ byte) * prime) & mask
    return value


def _base32(value: int, size: int) -> str:
    digits = -(-size * 8 // 5)
    value <<= digits * 5 - size * 8
    return "".join(_ALPHABET[(value >> (5 * i)) & 31] for i in reversed(range(digits)))


def raw_shard(name: str) -> str:
    """The two characters under which an attempt's raw data lie, spread over 1,296 folders."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    index = fnv1a(name.encode(), 32) % 1296
    return letters[index // 36] + letters[index % 36]
