"""The node that runs when a workflow fails: what it is given of the workflow's inputs."""

from collections.abc import Mapping
from typing import Any, get_args

from volant.sdk.errors import AuthoringError, WorkflowError
from volant.sdk.interface import REQUIRED, Input, Unknown, show_type
from volant.sdk.problems import report
from volant.sdk.promise import Node


def failure_node(workflow: str, handler: Any, inputs: Mapping[str, Any], node_id: str, place: str) -> Node:
    """A handler's node: inputs by name, its own defaults else, None for the error that is not there yet.

    Args:
        workflow: Name of the workflow.
        handler: The task or workflow.
        inputs: Promises of the workflow's.
        node_id: The node's.
        place: "file:line" where the handler was named.

    Raises:
        AuthoringError: It has an input that the workflow has not, or takes the error in a wrong type.
    """
    what = f"workflow {workflow}: on_failure={handler.name}"
    interface = handler.interface
    arguments = {name: _argument(name, each, inputs, what, place) for name, each in interface.inputs.items()}
    return Node(0, handler, interface, arguments, workflow, place, default_id=node_id)


def _argument(name: str, wanted: Input, inputs: Mapping[str, Any], what: str, place: str) -> Any:
    if name == "err" and "err" not in inputs:
        return _no_error_yet(wanted.hint, what, place)
    if name in inputs:
        return inputs[name]
    if wanted.default is not REQUIRED:
        return wanted.default
    fix = (
        f"give the workflow an input {name!r}, or {name!r} a default; the error comes as "
        f"err: {WorkflowError.__name__} | None"
    )
    report(AuthoringError(f"{what} has the input {name!r}, which the workflow has not", fix=fix, place=place))
    return Unknown


def _no_error_yet(hint: Any, what: str, place: str) -> Any:
    if {WorkflowError, type(None)} <= set(get_args(hint)):
        return None
    if hint is not Unknown:
        fix = f"annotate it as err: {WorkflowError.__name__} | None"
        report(AuthoringError(f"{what} takes err as {show_type(hint)}", fix=fix, place=place))
    return Unknown
