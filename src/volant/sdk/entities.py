"""What a user's file holds, and what a command line or the engine wants to know of it.

Called in the process that imported the file. Everything wrong is told at once, as `ProblemsError`.
"""

import difflib
import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

from volant.base.errors import UserError, VolantError
from volant.contracts.worker_wire import Described, Problem
from volant.idl import pb
from volant.sdk import arguments, docstrings, tracebacks
from volant.sdk.bindings import constant
from volant.sdk.interface import show_type
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.interfaces import defaults
from volant.sdk.translate.workflow import translate
from volant.sdk.workflow import Workflow

Entity: TypeAlias = "PythonTask[..., Any] | Workflow[..., Any]"
T = TypeVar("T")

_DECORATE = "write @task or @workflow before a function of it, and save the file"


class ProblemsError(UserError):
    """What a user wrote, or asked for, cannot be done.

    Attributes:
        problems: Everything found; at least one.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(each.message for each in problems), fix=problems[0].fix)
        self.problems = problems


def find(module: ModuleType) -> dict[str, Entity]:
    """The tasks and workflows defined in a module, by the name of its variable, in the module's order.

    Those it imported from elsewhere are not its own; of two names for one entity the first counts.
    """
    found: dict[str, Entity] = {}
    for name, value in vars(module).items():
        own = isinstance(value, PythonTask | Workflow) and value.module == module.__name__
        if own and not any(value is other for other in found.values()):
            found[name] = value
    return found


def kind_of(entity: Entity) -> str:
    """What it is: "task" or "workflow"."""
    return "workflow" if isinstance(entity, Workflow) else "task"


_DEFAULT = Settings()


def describe(entities: Mapping[str, Entity], wanted: str, settings: Settings = _DEFAULT) -> Described:
    """One entity on the wire, with all it refers to and what people want to read about it.

    Args:
        entities: As `find` gives them.
        wanted: Its name; "" for the only workflow.
        settings: Ids of everything.

    Raises:
        ProblemsError: There is no such entity, or it is written in a way that cannot run.
    """
    name = pick(entities, wanted)
    return _told(lambda: _described(name, entities[name], settings))


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
        ProblemsError: An input is unknown, missing, or does not fit its type; all of them.
    """
    name = pick(entities, wanted)
    found, problems = _told(lambda: arguments.literals(entities[name].interface, texts, values, base))
    if problems:
        raise ProblemsError(tuple(problems))
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
    """The name of the entity that is meant.

    Raises:
        ProblemsError: There is none of that name; or none was named, and there is not exactly one workflow.
    """
    if wanted in entities:
        return wanted
    if wanted:
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


def _described(name: str, entity: Entity, settings: Settings) -> Described:
    translated, docs = translate(entity, settings), docstrings.parse(entity.docs)
    return Described(
        entity=name,
        name=entity.name,
        workflow=_wire(translated.workflow),
        sub_workflows=tuple(map(_wire, translated.sub_workflows)),
        tasks=tuple(map(_wire, translated.tasks)),
        defaults=_wire(_defaults(entity)),
        python_types={key: show_type(each.hint) for key, each in entity.interface.inputs.items()},
        docs=docs.summary,
        input_docs={key: text for key, text in docs.inputs.items() if key in entity.interface.inputs},
    )


def _defaults(entity: Entity) -> pb.LiteralMap:
    what = f"{kind_of(entity)} {entity.name}: the default of"
    hints = entity.interface.inputs
    return pb.LiteralMap(
        literals={
            name: constant(value, hints[name].hint, f"{what} {name!r}", entity.place)
            for name, value in defaults(entity).items()
        }
    )


def _wire(message: pb.Message) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _told(call: Callable[[], T]) -> T:
    """What the call returns; what it raises, be it by the user's own code in a body, as a problem."""
    try:
        return call()
    except ProblemsError:
        raise
    except VolantError as error:
        raise ProblemsError((Problem(str(error), error.fix),)) from error
    except Exception as error:
        told = f"{tracebacks.place(error)}: {tracebacks.summary(error)}"
        raise ProblemsError((Problem(told, trace=tracebacks.shown(error)),)) from error
