"""What a workflow's body returns, as its outputs."""

from collections.abc import Mapping
from typing import Any, get_args

from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface, Unknown, named, show_type
from volant.sdk.problems import report
from volant.sdk.promise import Node, Outputs
from volant.sdk.tracing import strangers


def returned(result: Any, interface: Interface, workflow: str, place: str) -> Mapping[str, Any]:
    """Outputs by name; each `Unknown` after a mistake.

    Args:
        result: What the body returned.
        interface: What it should have.
        workflow: Name of the workflow.
        place: "file:line" of the `return`.

    Raises:
        AuthoringError: It is not what the annotation says; not where mistakes are collected.
    """
    names = list(interface.outputs)
    wrong = None if result is Unknown else _misfit(result, interface, names)
    if wrong:
        report(AuthoringError(f"workflow {workflow}: {wrong[0]}", fix=wrong[1], place=place))
    if wrong or result is Unknown:
        return dict.fromkeys(names, Unknown)
    outputs = dict(zip(names, result if interface.many else [result], strict=False))
    for name, value in outputs.items():
        for stranger in strangers(value, workflow):
            told = (
                f"workflow {workflow}: output {name!r}: {stranger} is of workflow {stranger.workflow}, not of this one"
            )
            report(AuthoringError(told, fix="pass it on as an input of the workflow", place=place))
    return outputs


def _misfit(result: Any, interface: Interface, names: list[str]) -> tuple[str, str] | None:
    """What is wrong with the result as a whole, and the fix; None where it fits."""
    if not names:
        is_nothing = result is None or isinstance(result, Node)
        annotate = "annotate what it returns, e.g. -> int"
        return None if is_nothing else (f"it returns {result!r}, but is annotated to return nothing", annotate)
    if interface.many:
        is_fit = isinstance(result, tuple) and len(result) == len(names)
        told = f"it returns {_shown(result)}, its annotation says {named(names)}"
        return None if is_fit else (told, "return a tuple of one value for each output")
    return _misfit_of_one(result, interface.outputs[names[0]])


def _misfit_of_one(result: Any, hint: Any) -> tuple[str, str] | None:
    told = f"it returns {_shown(result)}, its annotation says {show_type(hint)}"
    if result is None and not (hint in (Any, Unknown) or type(None) in get_args(hint)):
        return told, "return the result of a call, or annotate -> None"
    if isinstance(result, tuple) and not isinstance(result, Outputs) and hint is not Any:
        return told, "return one value, or annotate each: tuple[int, str]"
    return None


def _shown(result: Any) -> str:
    if result is None:
        return "nothing"
    return f"{len(result)} values" if isinstance(result, tuple) else repr(result)
