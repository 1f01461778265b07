"""What a user's file holds, and what a command line or the engine wants to know of it.

Called in the process that imported the file. Everything wrong is told at once, as `ProblemsError`.
"""

import difflib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import TypeVar

from volant.base.errors import UserError, VolantError
from volant.contracts.worker_wire import Problem
from volant.sdk import arguments, tracebacks
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.workflow import REFERENCES, Entity, kind_of
from volant.sdk.workflow import Workflow

__all__ = [
    "Entity", "ProblemsError", "convert", "each_once", "find", "kind_of", "parse_values", "pick", "problem_of",
    "whole_interface",
]  # fmt: skip

T = TypeVar("T")

_DECORATE = "write @task or @workflow before a function of it, and save the file"
_DEFAULT = Settings()


class ProblemsError(UserError):
    """What a user wrote, or asked for, cannot be done.

    Attributes:
        problems: Everything found; at least one.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(each.message for each in problems), fix=problems[0].fix)
        self.problems = problems


def find(module: ModuleType) -> dict[str, Entity]:
    """The tasks, workflows and launch plans made in a module, by the name of its variable, in the module's order.

    Those it imported from elsewhere are not its own, and what is registered elsewhere is not here; of two names
    for one entity the first counts.
    """
    found: dict[str, Entity] = {}
    for name, value in vars(module).items():
        is_one = isinstance(value, PythonTask | Workflow | LaunchPlan) and not isinstance(value, REFERENCES)
        own = is_one and value.module == module.__name__
        if own and not any(value is other for other in found.values()):
            found[name] = value
    return found


def convert(
    entities: Mapping[str, Entity],
    wanted: str,
    texts: Mapping[str, str],
    values: Mapping[str, object],
    base: str,
) -> bytes:
    """The inputs of an entity as a serialized LiteralMap, defaults filled in.

    Args:
        entities: As `find` gives them.
        wanted: Its name; "" for the only workflow.
        texts: Inputs as typed on a command line: JSON for lists, dicts and dataclasses; ISO 8601 for dates;
            1h30m for durations; names of enum members; paths of files.
        values: Inputs as parsed from JSON or YAML; those typed too are overruled.
        base: Folder relative paths start from.

    Raises:
        ProblemsError: An input is unknown, missing, fixed by a launch plan, or does not fit its type; all of them.
    """
    entity = entities[pick(entities, wanted)]
    fixed = _fixed(entity, {*texts, *values})
    interface = whole_interface(entity)
    free_texts, free_values = _without(texts, fixed), _without(values, fixed)
    found, problems = _guarded(lambda: arguments.literals(interface, free_texts, free_values, base))
    if fixed or problems:
        raise ProblemsError((*fixed.values(), *problems))
    data: bytes = found.SerializeToString(deterministic=True)
    return data


def parse_values(data: bytes) -> dict[str, object]:
    """Values for `convert` from JSON; empty bytes are none.

    Raises:
        ProblemsError: It is not an object.
    """
    found = json.loads(data) if data else {}
    if not isinstance(found, dict):
        raise ProblemsError((Problem("inputs are given by name", "write an object: {…}", usage=True),))
    return found


def pick(entities: Mapping[str, Entity], wanted: str) -> str:
    """The name of the entity that is meant, by the name of its variable or by its own.

    Raises:
        ProblemsError: There is none of that name; or none was named, and there is not exactly one workflow.
    """
    if wanted in entities:
        return wanted
    if wanted:
        named = [name for name, each in entities.items() if wanted in (each.name, each.short_name)]
        if len(named) == 1:
            return named[0]
        raise ProblemsError((_no_such(entities, wanted),))
    workflows = [name for name, entity in entities.items() if isinstance(entity, Workflow)]
    if len(workflows) == 1:
        return workflows[0]
    said = "there are several workflows" if workflows else "there is no workflow"
    listed = ", ".join(workflows or entities)
    fix = f"name one of {listed}" if listed else _DECORATE
    raise ProblemsError((Problem(said, fix, usage=True),))


def _no_such(entities: Mapping[str, Entity], wanted: str) -> Problem:
    close = difflib.get_close_matches(wanted, entities, 1)
    if not entities:
        return Problem(f"there is no task or workflow {wanted!r}, nor any other", _DECORATE, usage=True)
    listed = ", ".join(entities)
    fix = f"did you mean {close[0]!r}? There is {listed}" if close else f"there is {listed}"
    return Problem(f"there is no task or workflow {wanted!r}", fix, usage=True)


def whole_interface(entity: Entity) -> Interface:
    """Its inputs and outputs; of a launch plan those of its workflow, what it sets as defaults."""
    return entity.whole_interface if isinstance(entity, LaunchPlan) else entity.interface


def _without(given: Mapping[str, T], names: Collection[str]) -> dict[str, T]:
    return {name: value for name, value in given.items() if name not in names}


def _fixed(entity: Entity, given: set[str]) -> dict[str, Problem]:
    """Those inputs that are given though a launch plan fixes them."""
    if not isinstance(entity, LaunchPlan):
        return {}
    return {
        name: Problem(
            f"input {name!r}: the launch plan {entity.name} fixes it to {value!r}",
            f"leave it out, or run the workflow {entity.workflow.short_name} itself",
            usage=True,
        )
        for name, value in entity.fixed_inputs.items()
        if name in given
    }


def each_once(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Problems in their order; of those that say the same the first counts."""
    return tuple({(each.message, each.fix): each for each in reversed(problems)}.values())[::-1]


def problem_of(error: AuthoringError, entity: str = "") -> Problem:
    """A mistake as people are told of it, with the author's traceback where his code raised something."""
    cause = error.__cause__
    trace = tracebacks.shown(cause) if cause is not None and not isinstance(cause, VolantError) else ""
    return Problem(str(error), error.fix, trace, place=error.place, entity=entity)


def _guarded(call: Callable[[], T]) -> T:
    """What the call returns; what it raises, be it by the user's own code, as a problem."""
    try:
        return call()
    except ProblemsError:
        raise
    except VolantError as error:
        raise ProblemsError((Problem(str(error), error.fix),)) from error
    except Exception as error:
        told = f"{tracebacks.place(error)}: {tracebacks.summary(error)}"
        raise ProblemsError((Problem(told, trace=tracebacks.shown(error)),)) from error
