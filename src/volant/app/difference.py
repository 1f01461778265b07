"""What is different from the last run of the same entity: its code, its graph, its tasks, its inputs."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from volant.app.site import Site
from volant.base.errors import NotFoundError
from volant.base.ids import run_name
from volant.contracts.rows import RunRow
from volant.idl import pb
from volant.idl.preview import show
from volant.kit.code_bundle import bundle_folder

_SHOWN = 60
_MOST_FIELDS = 5


class Since(Struct, frozen=True):
    """What changed.

    Attributes:
        run: Name of the run before.
        created_us: When that was made.
        changes: One sentence each; empty where it would be the same run again.
    """

    run: str
    created_us: int
    changes: tuple[str, ...]


def since_last_run(
    site: Site,
    entity: str,
    closure: pb.CompiledWorkflowClosure,
    sources: Mapping[str, bytes],
    inputs: pb.LiteralMap | None,
) -> Since | None:
    """What changed since the newest run of an entity; None where there was none.

    Args:
        site: Where its runs are.
        entity: Its Flyte name.
        closure: What would run now.
        sources: Its code, by path.
        inputs: What it would run with; None leaves them out.
    """
    runs = site.store.list_runs(limit=1, entity=entity).runs
    if not runs:
        return None
    last = runs[0]
    changes = [
        *_code(site, last, sources),
        *_closure(site, last, closure),
        *(_inputs(site, last, inputs) if inputs is not None else ()),
    ]
    return Since(run_name(last.run), last.created_us, tuple(changes))


def _code(site: Site, last: RunRow, sources: Mapping[str, bytes]) -> Iterator[str]:
    folder = bundle_folder(str(site.home), last.code) / "src"
    if not last.code or not folder.is_dir():
        return
    before = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted({*before, *sources}):
        if name not in before:
            yield f"code: {name} is new"
        elif name not in sources:
            yield f"code: {name} is gone"
        elif before[name].read_bytes() != sources[name]:
            yield f"code: {name} changed"


def _closure(site: Site, last: RunRow, now: pb.CompiledWorkflowClosure) -> Iterator[str]:
    try:
        before = pb.CompiledWorkflowClosure.FromString(site.store.plan(last.plan))
    except NotFoundError:
        return
    yield from _compared("task", _tasks(before), _tasks(now))
    yield from _compared("node", _nodes(before), _nodes(now))


def _tasks(closure: Any) -> dict[str, Any]:
    return {each.template.id.name: each.template for each in closure.tasks}


def _nodes(closure: Any) -> dict[str, Any]:
    """Every node, by its workflow's short name and its id; those of the run's own workflow by their id."""
    found = {each.id: each for each in closure.primary.template.nodes}
    for workflow in closure.sub_workflows:
        name = workflow.template.id.name.rpartition(".")[2]
        found |= {f"{each.id} of {name}": each for each in workflow.template.nodes}
    return found


def _compared(what: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        if name not in before:
            yield f"{what} {name} is new"
        elif name not in now:
            yield f"{what} {name} is gone"
        elif before[name] != now[name]:
            yield f"{what} {name}: {_fields(before[name], now[name])}"


def _fields(before: pb.Message, now: pb.Message) -> str:
    one, two = dict(_flat(pb.MessageToDict(before))), dict(_flat(pb.MessageToDict(now)))
    changed = [
        f"{path} {one.get(path, 'nothing')} → {two.get(path, 'nothing')}"
        for path in sorted({*one, *two})
        if one.get(path) != two.get(path)
    ]
    more = len(changed) - _MOST_FIELDS
    return "; ".join(changed[:_MOST_FIELDS]) + (f"; and {more} more" if more > 0 else "")


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _flat(each, f"{path}[{index}]")
    else:
        yield path, str(value)[:_SHOWN]


def _inputs(site: Site, last: RunRow, inputs: pb.LiteralMap) -> Iterator[str]:
    before, now = site.values_if_there(last.run, last.inputs).literals, inputs.literals
    for name in sorted({*before, *now}):
        one = show(before[name], _SHOWN) if name in before else "nothing"
        two = show(now[name], _SHOWN) if name in now else "nothing"
        if name not in before or name not in now or before[name] != now[name]:
            yield f"input {name}: {one} → {two}"
