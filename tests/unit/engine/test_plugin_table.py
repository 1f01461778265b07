"""Which plugin runs a task type."""

from typing import Any

import pytest

from volant.base.errors import UserError
from volant.contracts.plugin import TaskPlugin
from volant.engine.plugin_table import PluginTable


def plugin(name: str, *types: str, default: bool = False, **more: Any) -> TaskPlugin[Any]:
    facts = {"id": name, "task_types": frozenset(types), "default": default, "state_type": dict, **more}
    made: TaskPlugin[Any] = type(name, (TaskPlugin,), facts)()
    return made


def found(table: PluginTable, task_type: str) -> str | None:
    entry = table.find(task_type)
    return entry.id if entry else None


def test_a_registered_plugin_goes_before_the_default_one() -> None:
    table = PluginTable([plugin("a", "x", "y"), plugin("b", default=True)])

    assert [found(table, kind) for kind in ("x", "y", "z")] == ["a", "a", "b"]


def test_without_a_default_an_unknown_type_has_no_plugin() -> None:
    assert found(PluginTable([plugin("a", "x")]), "z") is None


@pytest.mark.parametrize(
    ("plugins", "complaint"),
    [
        ([plugin("a", "x"), plugin("a", "y")], "two plugins have the id 'a'"),
        ([plugin("a", "x"), plugin("b", "x")], "task type 'x' is claimed by plugins 'a' and 'b'"),
        ([plugin("a", default=True), plugin("b", default=True)], "plugins 'a' and 'b' both want to be the default"),
    ],
)
def test_what_two_plugins_claim_is_refused_with_both_names(plugins: list[TaskPlugin[Any]], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        PluginTable(plugins)


def test_only_a_plugin_that_has_something_to_finalize_is_finalized() -> None:
    table = PluginTable([plugin("a", "x"), plugin("b", "y", finalize=lambda self, ctx: None)])

    assert [table.entries[name].finalizes for name in ("a", "b")] == [False, True]
