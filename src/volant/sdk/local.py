"""A workflow called directly: its tasks run as plain Python, one after another, in this process.

The body is traced as for a real run, so that what works here works there, `>>` and overrides included.
Values are handed on as they are: nothing is converted, stored or cached.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from volant.sdk.caller import caller
from volant.sdk.errors import WorkflowError
from volant.sdk.problems import strictly
from volant.sdk.promise import Node, Promise, reference
from volant.sdk.tracing import bind, references


def call_workflow(workflow: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a `Workflow` returns for these arguments.

    Raises:
        AuthoringError: The arguments do not fit, or the workflow is written in a way that cannot run.
        Exception: Whatever a task raises, after the `on_failure` handler has run.
    """
    with strictly():
        inputs = bind(workflow.interface, args, kwargs, f"workflow {workflow.name}", caller())
        nodes = ordered(workflow.traced.nodes)
    values: dict[Node | None, Mapping[str, Any]] = {None: inputs}
    node: Node | None = None
    try:
        for node in nodes:
            values[node] = _run(node, values)
    except Exception as error:
        _handle(workflow, error, node, values)
        raise
    return _returned(workflow, values)


def ordered(nodes: Any) -> list[Node]:
    """Nodes such that each comes after those it waits for, otherwise in the order of their calls.

    Nodes on a cycle come last, as they are: compiling names the cycle.
    """
    done: dict[Node, None] = {}
    left = list(nodes)
    while left:
        ready = next((each for each in left if upstream(each) <= done.keys()), left[0])
        done[ready] = None
        left.remove(ready)
    return list(done)


def upstream(node: Node) -> set[Node]:
    """Every node this one waits for, by data or by order."""
    by_data = (each.node for value in node.arguments.values() for each in references(value))
    return {*node.after, *(found for found in by_data if found)}


def _run(node: Node, values: Mapping[Node | None, Mapping[str, Any]]) -> Mapping[str, Any]:
    arguments = {name: _resolved(value, values) for name, value in node.arguments.items()}
    result = node.entity(**arguments)
    if inspect.iscoroutine(result):
        result = _wait_for(result)
    names = list(node.interface.outputs)
    if node.interface.many:
        return dict(zip(names, result, strict=True))
    return dict.fromkeys(names, result)


def _wait_for(coroutine: Any) -> Any:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    # A notebook's loop is running here already: another thread may have one of its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def _resolved(value: Any, values: Mapping[Node | None, Mapping[str, Any]]) -> Any:
    if isinstance(value, Promise):
        found = reference(value)
        return _along(values[found.node][found.output], found.path)
    if isinstance(value, dict):
        return {key: _resolved(each, values) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_resolved(each, values) for each in value)
    return value


def _along(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        by_item = isinstance(step, int) or isinstance(value, dict)
        value = value[step] if by_item else getattr(value, str(step))
    return value


def _returned(workflow: Any, values: Mapping[Node | None, Mapping[str, Any]]) -> Any:
    outputs = [_resolved(value, values) for value in workflow.traced.outputs.values()]
    if workflow.interface.names:
        return workflow.interface.names(*outputs)
    if workflow.interface.many:
        return tuple(outputs)
    return outputs[0] if outputs else None


def _handle(
    workflow: Any,
    error: Exception,
    node: Node | None,
    values: Mapping[Node | None, Mapping[str, Any]],
) -> None:
    handler = workflow.traced.failure_node
    if handler is None:
        return
    if "err" in handler.arguments:
        told = WorkflowError(f"{type(error).__name__}: {error}", node.id if node else "")
        handler = Node(0, handler.entity, handler.interface, {**handler.arguments, "err": told}, workflow.name, "")
    _run(handler, values)
