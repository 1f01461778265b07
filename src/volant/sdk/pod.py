"""The pod a task shall run in on a cluster: `@task(pod_template=PodTemplate(...))`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from volant.sdk.checked import check
from volant.sdk.option_checks import is_text


@dataclass(frozen=True)
class PodTemplate:
    """A pod around a task's container.

    The container of the primary name is the task's: its command, environment and, where the task asks for any,
    resources come from the task; all else stays as it is written here. A run on this machine calls the task in
    a process of its own and starts no other container.

    Attributes:
        pod_spec: A `kubernetes.client.V1PodSpec`, or the same as a dict in Kubernetes' own JSON form, e.g.
            `{"containers": [{"name": "logs", "image": "fluentd"}], "nodeSelector": {...}}`. None for a pod
            that holds the primary container alone.
        primary_container_name: Which container is the task's; it is added where the spec has none of that name.
        labels: Of the pod.
        annotations: Likewise.

    Raises:
        AuthoringError: A value of the wrong kind.

    Source: flytekit `PodTemplate` (core/pod_template.py).
    """

    pod_spec: Any = None
    primary_container_name: str = "primary"
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        spec, name = self.pod_spec, self.primary_container_name
        check(
            self,
            (
                ("pod_spec", spec is None or is_kubernetes_object(spec) or _is_spec(spec), _SAY_SPEC),
                ("primary_container_name", isinstance(name, str) and bool(name), "write a name, e.g. 'primary'"),
                ("labels", _are_texts(self.labels), _SAY_TEXTS),
                ("annotations", _are_texts(self.annotations), _SAY_TEXTS),
            ),
        )


_SAY_SPEC = 'give a V1PodSpec, or a dict in Kubernetes\' JSON form, e.g. {"nodeSelector": {"disk": "ssd"}}'
_SAY_TEXTS = 'write texts by name, e.g. {"team": "forecast"}'


def is_kubernetes_object(value: object) -> bool:
    """Whether it is a model of the `kubernetes` package, which is not needed to find out."""
    return hasattr(type(value), "openapi_types") and hasattr(type(value), "attribute_map")


def _is_spec(value: object) -> bool:
    if not isinstance(value, Mapping) or not _is_json(value):
        return False
    containers = value.get("containers") or []
    return isinstance(containers, list) and all(map(_is_container, containers))


def _is_container(value: object) -> bool:
    if isinstance(value, Mapping):
        return isinstance(value.get("env") or [], list)
    return is_kubernetes_object(value)


def _is_json(value: object) -> bool:
    """Whether it has a JSON form once models of `kubernetes` in it have theirs."""
    if isinstance(value, Mapping):
        return all(map(is_text, value)) and all(map(_is_json, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    return value is None or is_text(value) or isinstance(value, int | float | dt.date) or is_kubernetes_object(value)


def _are_texts(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, Mapping) and all(is_text(each) for pair in value.items() for each in pair)
