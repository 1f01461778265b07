"""What a task asks of a cluster, as Flyte's messages: container, pod, extended resources, secrets."""

import copy
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from volant.idl import pb
from volant.sdk.accelerators import GPUAccelerator
from volant.sdk.options import SharedMemory, TaskOptions
from volant.sdk.pod import PodTemplate, is_kubernetes_object
from volant.sdk.resources import Resources
from volant.sdk.secret import Secret

PRIMARY_NAME: Final = "primary_container_name"
"""Key in `TaskTemplate.config`: which container of the pod is the task's."""

_NAMES = pb.Resources.ResourceName
_KINDS: Final = {
    "ephemeral_storage": _NAMES.EPHEMERAL_STORAGE,
    "cpu": _NAMES.CPU,
    "gpu": _NAMES.GPU,
    "mem": _NAMES.MEMORY,
}
_NODE_ORDER: Final = ("cpu", "mem", "gpu", "ephemeral_storage")


def container(options: TaskOptions, image: str, command: Iterable[str]) -> pb.Container:
    """A container with a task's resources and environment.

    Source: flytekit `_get_container_definition` (core/utils.py).
    """
    wanted = pb.Resources(requests=_asked(options.requests), limits=_asked(options.limits))
    env = [pb.KeyValuePair(key=key, value=value) for key, value in options.environment.items()]
    return pb.Container(image=image, args=command, resources=wanted, env=env)


def node_resources(requests: Resources | None, limits: Resources | None) -> pb.Resources | None:
    """Requests and limits of a node that overrides them; None where it says neither.

    Source: flytekit `convert_resources_to_resource_model` (core/resources.py).
    """
    if requests is None and limits is None:
        return None
    asked, most = (_entries(_amounts_of(each), _NODE_ORDER) for each in (requests, limits))
    return pb.Resources(requests=asked, limits=most)


def _asked(wanted: Resources | None) -> list[pb.Resources.ResourceEntry]:
    # flytekit leaves out the number 0 here, and here alone.
    return _entries({name: value for name, value in _amounts_of(wanted).items() if value != 0}, _KINDS)


def _entries(amounts: Mapping[str, Any], order: Iterable[str]) -> list[pb.Resources.ResourceEntry]:
    named = [(name, amounts[name]) for name in order if name in amounts]
    return [pb.Resources.ResourceEntry(name=_KINDS[name], value=str(value)) for name, value in named]


def _amounts_of(wanted: Resources | None) -> Mapping[str, Any]:
    return wanted.amounts if wanted else {}


def extended_resources(
    accelerator: GPUAccelerator | None, shared_memory: SharedMemory | None
) -> pb.ExtendedResources | None:
    """Accelerator and shared memory; None where nothing is asked for.

    Source: flytekit `construct_extended_resources` (core/resources.py).
    """
    if accelerator is None and not shared_memory:
        return None
    found = pb.ExtendedResources()
    if accelerator is not None:
        found.gpu_accelerator.CopyFrom(_device(accelerator))
    if shared_memory:
        size = "" if shared_memory is True else shared_memory
        memory = pb.SharedMemory(mount_name="flyte-shared-memory", mount_path="/dev/shm", size_limit=size)
        found.shared_memory.CopyFrom(memory)
    return found


def _device(accelerator: GPUAccelerator) -> pb.GPUAccelerator:
    if accelerator.partition is None:
        return pb.GPUAccelerator(device=accelerator.device)
    if accelerator.partition == "":
        return pb.GPUAccelerator(device=accelerator.device, unpartitioned=True)
    return pb.GPUAccelerator(device=accelerator.device, partition_size=accelerator.partition)


def security_context(secrets: Iterable[Secret]) -> pb.SecurityContext | None:
    """The secrets a task asks for; None for none."""
    found = [
        pb.Secret(
            group=each.group,
            key=each.key,
            group_version=each.group_version,
            mount_requirement=each.mount_requirement.value,
            env_var=each.env_var,
        )
        for each in secrets
    ]
    return pb.SecurityContext(secrets=found) if found else None


def pod(template: PodTemplate, own: pb.Container, *, primary_name: str = "") -> pb.K8sPod:
    """The pod of a template, its primary container made the task's.

    Args:
        template: The author's.
        own: The task's container.
        primary_name: Said in the message too; "" where `TaskTemplate.config` says it.

    Source: flytekit `_serialize_pod_spec` (core/utils.py).
    """
    spec = pb.ParseDict(_pod_spec(template, own), pb.Struct())
    metadata = pb.K8sObjectMetadata(labels=template.labels, annotations=template.annotations)
    return pb.K8sPod(metadata=metadata, pod_spec=spec, primary_container_name=primary_name)


def _pod_spec(template: PodTemplate, own: pb.Container) -> dict[str, Any]:
    spec = copy.deepcopy(_plain(template.pod_spec)) or {}
    containers = spec.get("containers") or []
    primary = template.primary_container_name
    if not any(each.get("name") == primary for each in containers):
        containers.append({"name": primary})
    made = [_primary(each, own) if each.get("name") == primary else {"image": own.image, **each} for each in containers]
    return {**spec, "containers": made}


def _primary(given: Mapping[str, Any], own: pb.Container) -> dict[str, Any]:
    found = {"image": own.image, **given, "command": list(own.command), "args": list(own.args)}
    limits, requests = _amounts(own.resources.limits), _amounts(own.resources.requests)
    if limits or requests:
        found["resources"] = {"limits": limits, "requests": requests}
    found["env"] = [{"name": pair.key, "value": pair.value} for pair in own.env] + list(given.get("env") or [])
    return found


def _amounts(entries: Iterable[Any]) -> dict[str, str]:
    return {_NAMES.Name(entry.name).lower().replace("_", "-"): entry.value for entry in entries}


def _plain(value: Any) -> Any:
    """A model of the `kubernetes` package in Kubernetes' JSON form; plain values as they are.

    Source: kubernetes `ApiClient.sanitize_for_serialization`.
    """
    if is_kubernetes_object(value):
        pairs = ((wire, getattr(value, name)) for name, wire in value.attribute_map.items())
        return {wire: _plain(each) for wire, each in pairs if each is not None}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value
