"""Entities of a user's file on the wire, with what people want to read about them, and everything wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from volant.compiler.launch_plans import register_launch_plan
from volant.contracts.worker_wire import Checked, Described, Problem
from volant.idl import pb
from volant.sdk import docstrings
from volant.sdk.entities import ProblemsError, each_once, pick, problem_of, whole_interface
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import show_type
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.problems import collecting
from volant.sdk.settings import Settings
from volant.sdk.translate.translated import Translated
from volant.sdk.translate.workflow import Entity, Translation

_DEFAULT = Settings()


def describe(entities: Mapping[str, Entity], wanted: str, settings: Settings = _DEFAULT) -> Described:
    """One entity on the wire, with all it refers to and what people want to read about it.

    Args:
        entities: As `find` gives them.
        wanted: Its name; "" for the only workflow.
        settings: Ids of everything.

    Raises:
        ProblemsError: There is no such entity, or it and what it refers to are written in a way that cannot run;
            says all of it.
    """
    name = pick(entities, wanted)
    translation = Translation(settings)
    with collecting() as others:
        described = _described(name, entities[name], translation)
        found = list(translation.problems(entities[name]))
    problems = each_once([*_told(found, entities), *(problem_of(each, name) for each in others)])
    if problems or described is None:
        raise ProblemsError(problems)
    return described


def check(entities: Mapping[str, Entity], settings: Settings = _DEFAULT) -> Checked:
    """Every entity on the wire, as far as it can be translated, and everything that is wrong with any of them.

    Where there is a problem, the rest of its workflow is described all the same, with a value of the right type in
    the place of what is wrong, so that compiling it finds what else is wrong.

    Args:
        entities: As `find` gives them.
        settings: Ids of everything.
    """
    translation = Translation(settings)
    described: list[Described] = []
    problems: list[Problem] = []
    for name, entity in entities.items():
        with collecting() as others:
            made = _described(name, entity, translation)
            found = list(translation.problems(entity))
        # What is wrong with another of the file's own is told in its turn.
        own = [(of, error) for of, error in found if of is entity or not any(of is each for each in entities.values())]
        problems += [*_told(own, entities), *(problem_of(each, name) for each in others)]
        if made is not None and (not found or pb.WorkflowTemplate.FromString(made.workflow).nodes):
            described.append(made)
    return Checked(tuple(described), each_once(problems))


def _described(name: str, entity: Entity, translation: Translation) -> Described | None:
    translated = translation.of(entity)
    if translated is None:
        return None
    docs, interface = docstrings.parse(entity.docs), whole_interface(entity)
    fixed = entity.fixed_inputs if isinstance(entity, LaunchPlan) else {}
    input_docs = {key: _doc(docs.inputs.get(key, ""), is_fixed=key in fixed) for key in interface.inputs}
    return Described(
        entity=name,
        name=entity.name,
        workflow=_wire(translated.workflow),
        sub_workflows=tuple(map(_wire, translated.sub_workflows)),
        tasks=tuple(map(_wire, translated.tasks)),
        defaults=_wire(pb.LiteralMap(literals=_defaults(entity, translated, translation))),
        python_types={key: show_type(each.hint) for key, each in interface.inputs.items()},
        docs=docs.summary,
        input_docs={key: text for key, text in input_docs.items() if text},
        places=translated.places,
        launch_plan=_wire(translated.launch_plan) if translated.launch_plan is not None else b"",
        launch_plans=tuple(_wire(each) for each in _registered(translated)),
    )


def _registered(translated: Translated) -> Iterator[pb.LaunchPlan]:
    for each in translated.launched:
        if each.launch_plan is not None:
            yield register_launch_plan(each.launch_plan, each.workflow.interface)


def _doc(text: str, *, is_fixed: bool) -> str:
    return f"{text}  [fixed by the launch plan]".strip() if is_fixed else text


def _defaults(entity: Entity, translated: Translated, translation: Translation) -> dict[str, pb.Literal]:
    fixed = translated.launch_plan.spec.fixed_inputs.literals if translated.launch_plan is not None else {}
    return {**translation.find(entity).literals, **fixed}


def _told(found: Sequence[tuple[Any, AuthoringError]], entities: Mapping[str, Entity]) -> Iterator[Problem]:
    """Mistakes as problems: each entity's by their lines."""
    names = {id(entity): name for name, entity in entities.items()}
    for index in sorted(range(len(found)), key=lambda index: _order(found, index)):
        of, error = found[index]
        yield problem_of(error, names.get(id(of), of.name))


def _order(found: Sequence[tuple[Any, AuthoringError]], index: int) -> tuple[int, str, int]:
    owners = [of for of, _ in found]
    path, _, line = found[index][1].place.rpartition(":")
    first = next(at for at, each in enumerate(owners) if each is owners[index])
    return (first, path, int(line) if line.isdigit() else 0)


def _wire(message: pb.Message) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)
    return data
