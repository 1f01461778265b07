"""The cache key of a task's result: byte for byte the key Flyte's catalog uses.

Source: flytepropeller pkg/controller/nodes/catalog/datacatalog/transformer.go.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.digest import (
    base64_text,
    dict_digest,
    list_digest,
    message_digest,
    pbhash,
    text_digest,
)

_INTERFACE_CHARACTERS = 8
_EMPTY = dict_digest({})


class CacheKey(msgspec.Struct, frozen=True):
    """What a cached result is found by.

    Attributes:
        project: The task's, not the run's.
        domain: Likewise.
        dataset: "flyte_task-" and the task's name.
        version: The cache version, then the first 8 characters of the digest of inputs and of outputs.
        tag: "flyte_cached-" and the digest of the inputs' values.
        parts: What went into it, as JSON: `version`; `inputs` and `outputs`, the interfaces' digests;
            `literals`, a digest for each input that counts; `ignored`, the names of those that do not.
            Two keys of one task differ exactly where their parts other than `ignored` do.
    """

    project: str
    domain: str
    dataset: str
    version: str
    tag: str
    parts: dict[str, Any]

    @property
    def text(self) -> str:
        """The whole key as one string."""
        return f"{self.project}:{self.domain}:{self.dataset}:{self.version}:{self.tag}"


def cache_key(
    template: pb.TaskTemplate,
    stripped: pb.TypedInterface,
    inputs: pb.LiteralMap,
    version_override: str = "",
) -> CacheKey:
    """The key of one task with these inputs.

    Args:
        template: The task, for its id, cache version and ignored inputs; its own version does not count.
        stripped: Its interface after `interfaces.strip`.
        inputs: A literal with a `hash` counts by that alone, wherever it is nested.
        version_override: The node's cache version; "" for the task's.

    Raises:
        UserError: There is no cache version.
    """
    task = template.id
    version = _version(template, version_override)
    literals = _literal_digests(inputs, frozenset(template.metadata.cache_ignore_input_vars))
    parts = {
        "version": version,
        "inputs": _interface_digest(stripped.inputs.SerializeToString(deterministic=True)),
        "outputs": _interface_digest(stripped.outputs.SerializeToString(deterministic=True)),
        "literals": {name: base64_text(digest) for name, digest in sorted(literals.items())},
        "ignored": sorted(template.metadata.cache_ignore_input_vars),
    }
    return CacheKey(
        project=task.project,
        domain=task.domain,
        dataset=f"flyte_task-{task.name}",
        version=f"{version}-{parts['inputs']}-{parts['outputs']}",
        tag=f"flyte_cached-{base64_text(_fields(literals))}",
        parts=parts,
    )


def _version(template: pb.TaskTemplate, override: str) -> str:
    version: str = (override or template.metadata.discovery_version).strip(" ")
    if version.strip():
        return version
    raise UserError(f"task {template.id.name!r} is cached but has no cache version", fix="give it cache_version='1.0'")


@lru_cache(maxsize=1024)
def _interface_digest(variables: bytes) -> str:
    """The short digest of a serialized VariableMap; the same few occur for every node of a run."""
    return pbhash(pb.VariableMap.FromString(variables))[:_INTERFACE_CHARACTERS]


def _literal_digests(inputs: pb.LiteralMap, ignored: frozenset[str]) -> dict[str, bytes]:
    literals = inputs.literals
    return {name: literal_digest(literals[name]) for name in literals if name not in ignored}


def literal_digest(literal: pb.Literal) -> bytes:
    """The digest of a literal as it counts in a key: 32 bytes.

    A literal with a `hash` counts by its hash alone; the metadata of a list or map does not count, that of a
    scalar does.
    """
    if literal.hash:
        return dict_digest({"hash": text_digest(literal.hash)})
    match literal.WhichOneof("value"):
        case "collection":
            items = [literal_digest(each) for each in literal.collection.literals]
            return dict_digest({"collection": dict_digest({"literals": list_digest(items)}) if items else _EMPTY})
        case "map":
            return dict_digest({"map": _fields(_literal_digests(literal.map, frozenset()))})
    return message_digest(literal)


def _fields(literals: Mapping[str, bytes]) -> bytes:
    """The digest of a LiteralMap; as JSON, an empty one has no fields."""
    return dict_digest({"literals": dict_digest(literals)}) if literals else _EMPTY
