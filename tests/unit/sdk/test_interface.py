"""Signatures: what they say, and what they must say."""

import typing
from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest

from volant.sdk.errors import AuthoringError
from volant.sdk.interface import REQUIRED, Input, Interface, show_type

Load = Callable[[str], ModuleType]


def test_a_signature_gives_inputs_defaults_and_outputs(load: Load) -> None:
    module = load(
        """
@task
def f(a: int, b: "str | None" = None) -> tuple[int, str]: ...
@task
def g() -> None: ...
@task
def h(a: int): ...
"""
    )
    assert module.f.interface == Interface(
        {"a": Input(int, REQUIRED), "b": Input(str | None, None)}, {"o0": int, "o1": str}, many=True
    )
    assert module.g.interface == Interface()
    assert module.h.interface.outputs == {}


def test_a_pair_of_types_is_a_tuple_of_outputs(load: Load) -> None:
    module = load("@task\ndef f() -> (int, str): ...")
    assert module.f.interface == Interface({}, {"o0": int, "o1": str}, many=True)


def test_types_defined_further_down_are_found(load: Load) -> None:
    module = load(
        """
from __future__ import annotations
@task
def f(a: Later) -> Later: ...
class Later(NamedTuple):
    x: int
""".replace("from __future__ import annotations\n", "")
        .replace("a: Later", "a: 'Later'")
        .replace("-> Later", "-> 'Later'")
    )
    assert module.f.interface.outputs == {"x": int}


@pytest.mark.parametrize(
    ("signature", "message", "fix"),
    [
        ("a", "the parameter 'a' has no type", "annotate it, e.g. a: int"),
        (
            "*a: int",
            "the parameter '*a: int' has no name of its own to bind",
            "give every input a name, and pass a list or a dict for many",
        ),
        (
            "a: 'Nowhere'",
            "the annotation names 'Nowhere', which its module does not have",
            "import or define 'Nowhere' at the top level of the module",
        ),
    ],
)
def test_a_signature_that_does_not_say_enough_is_refused(load: Load, signature: str, message: str, fix: str) -> None:
    module = load(f"@task\ndef f({signature}) -> int: ...")
    with pytest.raises(AuthoringError) as caught:
        _ = module.f.interface
    assert str(caught.value).endswith(f": task {module.__name__}.f: {message}")
    assert caught.value.place == module.f.place
    assert caught.value.fix == fix


def test_a_tuple_of_unknown_length_is_refused(load: Load) -> None:
    module = load("@task\ndef f() -> tuple[int, ...]: ...")
    with pytest.raises(AuthoringError, match="returns a tuple of unknown length"):
        _ = module.f.interface


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (int, "int"),
        (None, "None"),
        (list[int | None], "list[int | None]"),
        (typing.Optional[str], "str | None"),  # noqa: UP045
        (dict[str, list[float]], "dict[str, list[float]]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Literal["a", 1], "Literal['a', 1]"),
        (Annotated[int, "note"], "int"),
        (Any, "Any"),
    ],
)
def test_types_are_shown_as_people_write_them(hint: Any, text: str) -> None:
    assert show_type(hint) == text
