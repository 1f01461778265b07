"""The container a task's process is made of, be its target a container or a pod."""

from collections.abc import Mapping
from typing import Any, Final

from volant.idl import pb

_PRIMARY: Final = "primary_container_name"
_NAMES = pb.Resources.ResourceName
_KINDS: Final = {
    "cpu": _NAMES.CPU,
    "gpu": _NAMES.GPU,
    "memory": _NAMES.MEMORY,
    "ephemeral-storage": _NAMES.EPHEMERAL_STORAGE,
}


def has_process(task: pb.TaskTemplate) -> bool:
    """Whether a task says which process to start."""
    return task.WhichOneof("target") in ("container", "k8s_pod")


def process_container(task: pb.TaskTemplate) -> pb.Container:
    """Command, environment and resources of a task: its container's, or those of its pod's primary container.

    Of a pod only what a process on this machine can have is read: image, command, args, resources, and variables
    that say their value. A task with neither has an empty one.
    """
    if task.WhichOneof("target") != "k8s_pod":
        return task.container
    name = task.k8s_pod.primary_container_name or dict(task.config).get(_PRIMARY, "")
    containers = pb.MessageToDict(task.k8s_pod.pod_spec).get("containers") or ()
    found = [each for each in containers if isinstance(each, dict) and each.get("name") == name]
    return _container(found[0]) if found else pb.Container()


def _container(spec: Mapping[str, Any]) -> pb.Container:
    asked = spec.get("resources") or {}
    plain = [each for each in spec.get("env") or () if isinstance(each.get("value"), str)]
    return pb.Container(
        image=spec.get("image") or "",
        command=spec.get("command") or (),
        args=spec.get("args") or (),
        resources=pb.Resources(requests=_entries(asked.get("requests")), limits=_entries(asked.get("limits"))),
        env=[pb.KeyValuePair(key=each["name"], value=each["value"]) for each in plain],
    )


def _entries(amounts: Mapping[str, Any] | None) -> list[pb.Resources.ResourceEntry]:
    known = {name: value for name, value in (amounts or {}).items() if name in _KINDS}
    return [pb.Resources.ResourceEntry(name=_KINDS[name], value=str(value)) for name, value in known.items()]
