"""Every mistake an author can make in a signature, a default, a call, a binding or a return, told in whole.

The table is the catalogue: it is long because each mistake stands with the code that makes it and the words that
tell of it. `{m}` is the module, `{file}` its path; the line that is wrong ends in "# !", and is what each message
begins with.
"""

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from volant.contracts.worker_wire import Load, Problem
from volant.sdk import descriptions, entities
from volant.sdk.errors import AuthoringError
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.settings import Settings
from volant.sdk.translate.workflow import translate
from volant.sdk.worker import loading

HEADER = """import collections
import datetime as dt
import enum
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from volant import (
    ImperativeWorkflow, LaunchPlan, Workflow, create_node, reference_task, reference_workflow, task, workflow
)


class Mood(enum.Enum):
    GOOD = 'good'
    BAD = 'bad'


class Pair(NamedTuple):
    total: int
    name: str


class Single(NamedTuple):
    total: int


@dataclass
class Config:
    rate: float
    names: list[str]


@task
def one(n: int = 1) -> int: ...
@task
def pair_of(a: int, b: int) -> Pair: ...
@task
def single() -> Single: ...
@task
def quiet() -> None: ...
@task
def text(s: str) -> str: ...
@task
def many(ns: list[int], by: dict[str, int]) -> int: ...
@task
def configured(config: Config) -> int: ...
@task
def feel(mood: Mood) -> None: ...
@workflow
def flow_of(n: int) -> int:
    return one(n)


"""

IN_A_TASK = "a workflow's body is traced once, before any task runs: do this in a task"

GOES_ON = [
    (
        "a parameter has no type",
        """
        @task  # !
        def f(a) -> int: ...
        """,
        "task {m}.f: the parameter 'a' has no type",
        "annotate it, e.g. a: int",
    ),
    (
        "a parameter gathers positions",
        """
        @task  # !
        def f(*numbers: int) -> int: ...
        """,
        "task {m}.f: the parameter '*numbers: int' has no name of its own to bind",
        "give every input a name, and pass a list or a dict for many",
    ),
    (
        "a parameter gathers names",
        """
        @task  # !
        def f(**options: int) -> int: ...
        """,
        "task {m}.f: the parameter '**options: int' has no name of its own to bind",
        "give every input a name, and pass a list or a dict for many",
    ),
    (
        "a parameter has no name to callers",
        """
        @task  # !
        def f(a: int, /) -> int: ...
        """,
        "task {m}.f: the parameter 'a' can be passed by position only, and inputs have names",
        "leave out the / behind it",
    ),
    (
        "an annotation names nothing",
        """
        @task  # !
        def f(a: 'Nowhere') -> int: ...
        """,
        "task {m}.f: the annotation names 'Nowhere', which its module does not have",
        "import or define 'Nowhere' at the top level of the module",
    ),
    (
        "a return annotation names nothing",
        """
        @task  # !
        def f(a: int) -> 'Nowhere': ...
        """,
        "task {m}.f: the annotation names 'Nowhere', which its module does not have",
        "import or define 'Nowhere' at the top level of the module",
    ),
    (
        "an annotation is not Python",
        """
        @task  # !
        def f(a: 'list[') -> int: ...
        """,
        (
            "task {m}.f: the annotation of 'a' is no type: SyntaxError: Forward reference must be an expression "
            "-- got 'list['"
        ),
        "annotate a class, or a type made of classes, e.g. list[int]",
    ),
    (
        "an annotation names what its module has not",
        """
        @task  # !
        def f(a: 'dt.dates') -> int: ...
        """,
        "task {m}.f: the annotation of 'a' is no type: AttributeError: module 'datetime' has no attribute 'dates'",
        "annotate a class, or a type made of classes, e.g. list[int]",
    ),
    (
        "an annotation is a number",
        """
        @task  # !
        def f(a: 3) -> int: ...
        """,
        "task {m}.f: input 'a': 3 is a value, not a type",
        "write list[int], int | str or the like",
    ),
    (
        "an annotation is a value",
        """
        @task  # !
        def f(a: [int]) -> int: ...
        """,
        "task {m}.f: input 'a': [<class 'int'>] is a value, not a type",
        "write list[int], int | str or the like",
    ),
    (
        "a list does not say of what",
        """
        @task  # !
        def f(a: list) -> int: ...
        """,
        "task {m}.f: input 'a': list does not say of what",
        "write list[int] or the like",
    ),
    (
        "a type variable",
        """
        T = TypeVar('T')
        @task  # !
        def f(a: T) -> int: ...
        """,
        "task {m}.f: input 'a': T stands for any type, and values need one of their own",
        "write the type itself instead of T",
    ),
    (
        "a task returns a tuple of unknown length",
        """
        @task  # !
        def f() -> tuple: ...
        """,
        "task {m}.f: it returns a tuple of unknown length",
        "return a list, or name each output: tuple[int, str]",
    ),
    (
        "a task returns a tuple of any length",
        """
        @task  # !
        def f() -> tuple[int, ...]: ...
        """,
        "task {m}.f: it returns a tuple of unknown length",
        "return a list, or name each output: tuple[int, str]",
    ),
    (
        "a task returns a namedtuple without types",
        """
        P = collections.namedtuple('P', 'x y')
        @task  # !
        def f() -> P: ...
        """,
        "task {m}.f: it returns P, whose fields have no types",
        "write it as class P(NamedTuple), with a type for each field",
    ),
    (
        "an output has a type that cannot be passed",
        """
        @task  # !
        def f() -> tuple[int, list]: ...
        """,
        "task {m}.f: output 'o1': list does not say of what",
        "write list[int] or the like",
    ),
    (
        "a workflow's parameter has no type",
        """
        @workflow  # !
        def f(a) -> int:
            return a
        """,
        "workflow {m}.f: the parameter 'a' has no type",
        "annotate it, e.g. a: int",
    ),
    (
        "a workflow is async",
        """
        @workflow  # !
        async def f(n: int) -> int:
            return one(n)
        """,
        "workflow {m}.f: it is an async def, which cannot be traced",
        "write a plain def; tasks may be async def, and need no await in it",
    ),
    (
        "a workflow is a generator",
        """
        @workflow  # !
        def f(n: int) -> int:
            yield one(n)
        """,
        "workflow {m}.f: it is a generator, which cannot be traced",
        "return, do not yield",
    ),
    (
        "a default is None",
        """
        @task  # !
        def f(n: int = None) -> int: ...
        """,
        "task {m}.f: the default of 'n': expected int, got None",
        "annotate it n: int | None, or leave the default out",
    ),
    (
        "a default has another type",
        """
        @task  # !
        def f(n: int = 'three') -> int: ...
        """,
        "task {m}.f: the default of 'n': expected int, got 'three' of type str",
        "write a value of type int there",
    ),
    (
        "a default of a workflow has another type",
        """
        @workflow  # !
        def f(ns: list[int] = [1, 'x']) -> int:
            return one()
        """,
        "workflow {m}.f: the default of 'ns': at [1]: expected int, got 'x' of type str",
        "write a value of type list[int] there",
    ),
    (
        "a field of a default has another type",
        """
        @workflow  # !
        def f(config: Config = Config('fast', [])) -> int:
            return one()
        """,
        "workflow {m}.f: the default of 'config': at .rate: expected float, got 'fast' of type str",
        "write a value of type Config there",
    ),
    (
        "a default is no member",
        """
        @task  # !
        def f(mood: Mood = 'sad') -> int: ...
        """,
        "task {m}.f: the default of 'mood': expected Mood, got 'sad' of type str",
        "use one of Mood.GOOD, Mood.BAD",
    ),
    (
        "a default that several calls use is told once",
        """
        @task  # !
        def f(n: int = 'x') -> int: ...
        @workflow
        def a() -> int:
            return f()
        @workflow
        def b() -> int:
            return f()
        """,
        "task {m}.f: the default of 'n': expected int, got 'x' of type str",
        "write a value of type int there",
    ),
    (
        "an option of a workflow does not exist",
        """
        @workflow(schedule='daily')  # !
        def f() -> None:
            quiet()
        """,
        "workflow {m}.f: there is no option 'schedule'",
        "the options are failure_policy, interruptible, on_failure",
    ),
    (
        "an option of a workflow has a wrong value",
        """
        @workflow(interruptible='yes')  # !
        def f() -> None:
            quiet()
        """,
        "workflow {m}.f: interruptible='yes' is not possible",
        "write True or False",
    ),
    (
        "a failure policy is none",
        """
        @workflow(failure_policy=1)  # !
        def f() -> None:
            quiet()
        """,
        "workflow {m}.f: failure_policy=1 is not possible",
        "use a member of WorkflowFailurePolicy",
    ),
    (
        "a failure handler is a plain function",
        """
        @workflow(on_failure=len)  # !
        def f() -> None:
            quiet()
        """,
        "workflow {m}.f: on_failure=<built-in function len> is not possible",
        "give it a task or a workflow",
    ),
    (
        "a failure handler wants what is not there",
        """
        @workflow(on_failure=pair_of)  # !
        def f(a: int) -> int:
            return one(a)
        """,
        "workflow {m}.f: on_failure={m}.pair_of has the input 'b', which the workflow has not",
        "give the workflow an input 'b', or 'b' a default; the error comes as err: WorkflowError | None",
    ),
    (
        "a failure handler takes the error in a wrong type",
        """
        @task
        def tidy(err: str) -> None: ...
        @workflow(on_failure=tidy)  # !
        def f() -> None:
            quiet()
        """,
        "workflow {m}.f: on_failure={m}.tidy takes err as str",
        "annotate it as err: WorkflowError | None",
    ),
    (
        "an argument is missing",
        """
        @workflow
        def f(n: int) -> int:
            return pair_of(n).total  # !
        """,
        "workflow {m}.f, node n0 ({m}.pair_of): the input 'b' is missing",
        "pass b=…",
    ),
    (
        "an argument is unknown",
        """
        @workflow
        def f(n: int) -> int:
            return one(n=n, colour=3)  # !
        """,
        "workflow {m}.f, node n0 ({m}.one): there is no input 'colour'",
        "it takes n",
    ),
    (
        "an argument is misspelt",
        """
        @workflow
        def f(n: int) -> int:
            return pair_of(a=n, b=n, aa=n).total  # !
        """,
        "workflow {m}.f, node n0 ({m}.pair_of): there is no input 'aa'",
        "did you mean 'a'?",
    ),
    (
        "an argument is given twice",
        """
        @workflow
        def f(n: int) -> int:
            return one(n, n=n)  # !
        """,
        "workflow {m}.f, node n0 ({m}.one): 'n' was given twice",
        "leave one out",
    ),
    (
        "too many arguments",
        """
        @workflow
        def f(n: int) -> int:
            return one(n, n, n)  # !
        """,
        "workflow {m}.f, node n0 ({m}.one): 3 arguments were given, it takes n",
        "leave the last 2 out",
    ),
    (
        "an argument where none is taken",
        """
        @workflow
        def f(n: int) -> None:
            quiet(n)  # !
        """,
        "workflow {m}.f, node n0 ({m}.quiet): 1 argument was given, it takes none",
        "leave the last one out",
    ),
    (
        "a constant has another type",
        """
        @workflow
        def f() -> int:
            return one('x')  # !
        """,
        "workflow {m}.f, node n0 ({m}.one): input 'n': expected int, got 'x' of type str",
        "write a value of type int there",
    ),
    (
        "a constant is None",
        """
        @workflow
        def f() -> int:
            return one(None)  # !
        """,
        "workflow {m}.f, node n0 ({m}.one): input 'n': expected int, got None",
        "write a value of type int there",
    ),
    (
        "a constant is a float",
        """
        @workflow
        def f() -> int:
            return one(2.5)  # !
        """,
        "workflow {m}.f, node n0 ({m}.one): input 'n': expected int, got 2.5 of type float",
        "write int(…) around it",
    ),
    (
        "an item of a constant has another type",
        """
        @workflow
        def f() -> int:
            return many([1, 'x'], {})  # !
        """,
        "workflow {m}.f, node n0 ({m}.many): input 'ns': at [1]: expected int, got 'x' of type str",
        "write a value of type list[int] there",
    ),
    (
        "a value of a constant dict has another type",
        """
        @workflow
        def f() -> int:
            return many([], {'a': 'x'})  # !
        """,
        "workflow {m}.f, node n0 ({m}.many): input 'by': at ['a']: expected int, got 'x' of type str",
        "write a value of type dict[str, int] there",
    ),
    (
        "an item beside results has another type",
        """
        @workflow
        def f() -> int:
            return many([one(), 'x'], {})  # !
        """,
        "workflow {m}.f, node n1 ({m}.many): input 'ns': at [1]: expected int, got 'x' of type str",
        "write a value of type list[int] there",
    ),
    (
        "results in a dict where a number is wanted",
        """
        @workflow
        def f() -> int:
            return one({'a': one()})  # !
        """,
        "workflow {m}.f, node n1 ({m}.one): input 'n': expected int, got a dict that holds results of tasks",
        "results of tasks may stand in a list[…] or dict[str, …]; make anything else in a task",
    ),
    (
        "results in a tuple",
        """
        @workflow
        def f() -> int:
            return many((one(), one()), {})  # !
        """,
        "workflow {m}.f, node n2 ({m}.many): input 'ns': expected list[int], got a tuple that holds results of tasks",
        "write them as a list: […]",
    ),
    (
        "results in a set",
        """
        @workflow
        def f() -> int:
            return many({one(), one()}, {})  # !
        """,
        "workflow {m}.f, node n2 ({m}.many): input 'ns': expected list[int], got a set that holds results of tasks",
        "write them as a list: […]",
    ),
    (
        "results in a dataclass",
        """
        @workflow
        def f(rate: float) -> int:
            return configured(Config(rate, []))  # !
        """,
        (
            "workflow {m}.f, node n0 ({m}.configured): input 'config': expected Config, got a Config that holds "
            "results of tasks"
        ),
        "results of tasks may stand in a list[…] or dict[str, …]; make anything else in a task",
    ),
    (
        "all of several outputs",
        """
        @workflow
        def f() -> int:
            return one(pair_of(1, 2))  # !
        """,
        "workflow {m}.f, node n1 ({m}.one): input 'n': n0 ({m}.pair_of) returns several outputs",
        "pass one of them: total, name",
    ),
    (
        "the tuple of one output",
        """
        @workflow
        def f() -> int:
            return one(single())  # !
        """,
        "workflow {m}.f, node n1 ({m}.one): input 'n': n0 ({m}.single) returns a tuple of one output",
        "pass what is in it: [0], or .total",
    ),
    (
        "the output of what returns nothing",
        """
        @workflow
        def f() -> int:
            return one(quiet())  # !
        """,
        "workflow {m}.f, node n1 ({m}.one): input 'n': n0 ({m}.quiet) returns nothing that could be passed on",
        "write >> to run one after the other",
    ),
    (
        "a node instead of its output",
        """
        @workflow
        def f() -> int:
            node = create_node(one)
            return one(node)  # !
        """,
        "workflow {m}.f, node n1 ({m}.one): input 'n': n0 ({m}.one) is a node, not a value",
        "pass what is in it: .o0",
    ),
    (
        "a choice that is none",
        """
        @workflow
        def f() -> None:
            feel('sad')  # !
        """,
        "workflow {m}.f, node n0 ({m}.feel): input 'mood': expected Mood, got 'sad' of type str",
        "use one of Mood.GOOD, Mood.BAD",
    ),
    (
        "a promise of another workflow",
        """
        @workflow
        def outside(n: int) -> int:
            @workflow
            def inside() -> int:
                return one(n)  # !
            return inside()
        """,
        "workflow {m}.inside, node n0 ({m}.one): input 'n': n is of workflow {m}.outside, not of this one",
        "pass it on as an input of the workflow",
    ),
    (
        "a workflow within itself",
        """
        @workflow
        def f(n: int) -> int:
            return f(n)  # !
        """,
        "workflow {m}.f: it calls itself",
        "a workflow cannot contain itself",
    ),
    (
        "two nodes of one name",
        """
        @workflow
        def f() -> int:
            one().with_overrides(node_name='n1')
            return one()  # !
        """,
        "workflow {m}.f: two nodes are called 'n1', this one and that at {file}:55",
        "give one of them another node_name",
    ),
    (
        "overrides of a workflow that only tasks have",
        """
        @workflow
        def inner(n: int) -> int:
            return one(n)
        @workflow
        def f(n: int) -> int:
            return inner(n).with_overrides(cache=True, cache_version='1')  # !
        """,
        "workflow {m}.f, node n0: with_overrides(cache=…) needs a task, {m}.inner is a workflow",
        "override the tasks inside it",
    ),
    (
        "overrides of an input",
        """
        @workflow
        def f(n: int) -> int:
            n.with_overrides(retries=1)  # !
            return one(n)
        """,
        "workflow {m}.f: with_overrides is not possible here: it is an input, no node makes it",
        "write it behind a call",
    ),
    (
        "an if over an input",
        """
        @workflow
        def f(flag: bool) -> int:
            if flag:  # !
                quiet()
            return one()
        """,
        "workflow {m}.f: asking whether it is true is not possible here: flag is a promise of bool, not yet a value",
        IN_A_TASK,
    ),
    (
        "an if over a comparison",
        """
        @workflow
        def f(n: int) -> int:
            if n > 3:  # !
                quiet()
            return one(n)
        """,
        "workflow {m}.f: comparing is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a while over a result",
        """
        @workflow
        def f(n: int) -> int:
            while one(n):  # !
                quiet()
            return one(n)
        """,
        "workflow {m}.f: asking whether it is true is not possible here: n0.o0 is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a while without an end",
        """
        @workflow
        def f(flag: bool) -> int:
            while not flag:  # !
                pass
            return one()
        """,
        "workflow {m}.f: asking whether it is true is not possible here: flag is a promise of bool, not yet a value",
        IN_A_TASK,
    ),
    (
        "arithmetic",
        """
        @workflow
        def f(n: int) -> int:
            return one(n + 1)  # !
        """,
        "workflow {m}.f: arithmetic is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "arithmetic from the right",
        """
        @workflow
        def f(n: int) -> int:
            return one(2 * n)  # !
        """,
        "workflow {m}.f: arithmetic is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a sign",
        """
        @workflow
        def f(n: int) -> int:
            return one(-n)  # !
        """,
        "workflow {m}.f: arithmetic is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a loop over a list",
        """
        @workflow
        def f(ns: list[int]) -> int:
            for n in ns:  # !
                one(n)
            return one()
        """,
        "workflow {m}.f: going through its items is not possible here: ns is a promise of list[int], not yet a value",
        IN_A_TASK,
    ),
    (
        "a loop as often as a result says",
        """
        @workflow
        def f(n: int) -> int:
            for _ in range(n):  # !
                quiet()
            return one()
        """,
        "workflow {m}.f: making a number of it is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "unpacking a list",
        """
        @workflow
        def f(ns: list[int]) -> int:
            a, b = ns  # !
            return many([a, b], {})
        """,
        "workflow {m}.f: unpacking it into 2 names is not possible here: ns is a promise of list[int], not yet a value",
        "take its items by index, [0] to [1]",
    ),
    (
        "unpacking one output",
        """
        @workflow
        def f() -> int:
            a, b = one()  # !
            return many([a, b], {})
        """,
        "workflow {m}.f: unpacking it into 2 names is not possible here: n0.o0 is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "unpacking too few",
        """
        @workflow
        def f() -> int:
            a, b, c = pair_of(1, 2)  # !
            return one(a)
        """,
        "ValueError: not enough values to unpack (expected 3, got 2)",
        "",
    ),
    (
        "the length of a list",
        """
        @workflow
        def f(ns: list[int]) -> int:
            return one(len(ns))  # !
        """,
        "workflow {m}.f: asking for its length is not possible here: ns is a promise of list[int], not yet a value",
        IN_A_TASK,
    ),
    (
        "what is in a list",
        """
        @workflow
        def f(ns: list[int]) -> bool:
            return 3 in ns  # !
        """,
        "workflow {m}.f: asking what is in it is not possible here: ns is a promise of list[int], not yet a value",
        IN_A_TASK,
    ),
    (
        "an f-string",
        """
        @workflow
        def f(n: int) -> str:
            return text(f'{n} times')  # !
        """,
        "workflow {m}.f: formatting is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a text of a number",
        """
        @workflow
        def f(n: int) -> str:
            return text(str(n))  # !
        """,
        "workflow {m}.f: making a text of it is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a number of a text",
        """
        @workflow
        def f(s: str) -> int:
            return one(int(s))  # !
        """,
        "workflow {m}.f: making a number of it is not possible here: s is a promise of str, not yet a value",
        IN_A_TASK,
    ),
    (
        "a method of a value",
        """
        @workflow
        def f(s: str) -> str:
            return text(s.upper())  # !
        """,
        "workflow {m}.f: taking .upper is not possible here: s is a promise of str, not yet a value",
        IN_A_TASK,
    ),
    (
        "a method of a dict",
        """
        @workflow
        def f(by: dict[str, int]) -> int:
            return one(by.get('a'))  # !
        """,
        "workflow {m}.f: calling a method is not possible here: by.get is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a field that is not there",
        """
        @workflow
        def f(config: Config) -> float:
            return config.speed  # !
        """,
        "workflow {m}.f: taking .speed is not possible here: Config has no field 'speed'",
        "its fields are rate, names",
    ),
    (
        "a field that is misspelt",
        """
        @workflow
        def f(config: Config) -> float:
            return config.rat  # !
        """,
        "workflow {m}.f: taking .rat is not possible here: Config has no field 'rat'",
        "did you mean 'rate'?",
    ),
    (
        "a field of a number",
        """
        @workflow
        def f(n: int) -> int:
            return n.real  # !
        """,
        "workflow {m}.f: taking .real is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "an item from the end",
        """
        @workflow
        def f(ns: list[int]) -> int:
            return one(ns[-1])  # !
        """,
        (
            "workflow {m}.f: taking the item [-1] is not possible here: where the end is, is known only when the "
            "list is there"
        ),
        "count from 0",
    ),
    (
        "a slice",
        """
        @workflow
        def f(ns: list[int]) -> int:
            return many(ns[1:], {})  # !
        """,
        "workflow {m}.f: taking a slice is not possible here: ns is a promise of list[int], not yet a value",
        IN_A_TASK,
    ),
    (
        "an item by another result",
        """
        @workflow
        def f(ns: list[int], n: int) -> int:
            return one(ns[n])  # !
        """,
        (
            "workflow {m}.f: taking the item [<promise of n>] is not possible here: ns is a promise of "
            "list[int], not yet a value"
        ),
        IN_A_TASK,
    ),
    (
        "a key of a list",
        """
        @workflow
        def f(ns: list[int]) -> int:
            return one(ns['a'])  # !
        """,
        "workflow {m}.f: taking the item ['a'] is not possible here: ns is a promise of list[int], not yet a value",
        IN_A_TASK,
    ),
    (
        "an index of a dict",
        """
        @workflow
        def f(by: dict[str, int]) -> int:
            return one(by[0])  # !
        """,
        "workflow {m}.f: taking the item [0] is not possible here: by is a promise of dict[str, int], not yet a value",
        IN_A_TASK,
    ),
    (
        "setting a field",
        """
        @workflow
        def f(config: Config) -> float:
            config.rate = 1.0  # !
            return config.rate
        """,
        "workflow {m}.f: setting .rate is not possible here: config is a promise of Config, not yet a value",
        IN_A_TASK,
    ),
    (
        "setting an item",
        """
        @workflow
        def f(ns: list[int]) -> int:
            ns[0] = 3  # !
            return one(ns[0])
        """,
        "workflow {m}.f: changing an item is not possible here: ns is a promise of list[int], not yet a value",
        IN_A_TASK,
    ),
    (
        "an output that is not there",
        """
        @workflow
        def f() -> int:
            return pair_of(1, 2).sum  # !
        """,
        "workflow {m}.f: node n0 ({m}.pair_of) has no output 'sum'",
        "its outputs are total, name",
    ),
    (
        "an output that is misspelt",
        """
        @workflow
        def f() -> int:
            return pair_of(1, 2).totl  # !
        """,
        "workflow {m}.f: node n0 ({m}.pair_of) has no output 'totl'",
        "did you mean 'total'?",
    ),
    (
        "an output of a node that is not there",
        """
        @workflow
        def f() -> int:
            return create_node(one).o1  # !
        """,
        "workflow {m}.f: node n0 ({m}.one) has no output 'o1'",
        "its outputs are o0",
    ),
    (
        "an output of what returns nothing",
        """
        @workflow
        def f() -> int:
            return create_node(quiet).o0  # !
        """,
        "workflow {m}.f: node n0 ({m}.quiet) has no output 'o0'",
        "it returns nothing",
    ),
    (
        "an input beside >>",
        """
        @workflow
        def f(n: int) -> int:
            n >> quiet()  # !
            return one(n)
        """,
        "<promise of n> cannot stand beside >>: it is an input of the workflow",
        "write >> between the results of two calls",
    ),
    (
        "a value beside >>",
        """
        @workflow
        def f(n: int) -> int:
            quiet() >> 3  # !
            return one(n)
        """,
        "3 cannot stand beside >>: it is not the result of a call",
        "write >> between the results of two calls",
    ),
    (
        "a list beside >>",
        """
        @workflow
        def f(n: int) -> int:
            [quiet(), quiet()] >> one(n)  # !
            return one(n)
        """,
        "a list cannot stand beside >>",
        "write one >> for each of its members",
    ),
    (
        "nodes on both sides of runs_before",
        """
        @workflow
        def f(n: int) -> int:
            create_node(quiet).runs_before(one)  # !
            return one(n)
        """,
        "<task {m}.one> cannot stand beside >>: it is not the result of a call",
        "write >> between the results of two calls",
    ),
    (
        "nothing is returned",
        """
        @workflow
        def f() -> int:
            one()  # !
        """,
        "workflow {m}.f: it returns nothing, its annotation says int",
        "return the result of a call, or annotate -> None",
    ),
    (
        "None is returned",
        """
        @workflow
        def f() -> int:
            return None  # !
        """,
        "workflow {m}.f: it returns nothing, its annotation says int",
        "return the result of a call, or annotate -> None",
    ),
    (
        "something is returned where nothing is said",
        """
        @workflow  # !
        def f():
            return one()
        """,
        "workflow {m}.f: it returns <promise of n0.o0>, but is annotated to return nothing",
        "annotate what it returns, e.g. -> int",
    ),
    (
        "one value for two",
        """
        @workflow
        def f() -> tuple[int, int]:
            return one()  # !
        """,
        "workflow {m}.f: it returns <promise of n0.o0>, its annotation says o0 and o1",
        "return a tuple of one value for each output",
    ),
    (
        "three values for two",
        """
        @workflow
        def f() -> tuple[int, int]:
            return one(), one(), one()  # !
        """,
        "workflow {m}.f: it returns 3 values, its annotation says o0 and o1",
        "return a tuple of one value for each output",
    ),
    (
        "two values for one",
        """
        @workflow
        def f() -> int:
            return one(), one()  # !
        """,
        "workflow {m}.f: it returns 2 values, its annotation says int",
        "return one value, or annotate each: tuple[int, str]",
    ),
    (
        "a NamedTuple where one value is said",
        """
        @workflow
        def f() -> int:
            return pair_of(1, 2)  # !
        """,
        "workflow {m}.f: output 'o0': n0 ({m}.pair_of) returns several outputs",
        "pass one of them: total, name",
    ),
    (
        "a value for a NamedTuple",
        """
        @workflow
        def f() -> Pair:
            return one()  # !
        """,
        "workflow {m}.f: it returns <promise of n0.o0>, its annotation says total and name",
        "return a tuple of one value for each output",
    ),
    (
        "a constant of another type is returned",
        """
        @workflow
        def f() -> int:
            quiet()
            return 'x'  # !
        """,
        "workflow {m}.f: output 'o0': expected int, got 'x' of type str",
        "write a value of type int there",
    ),
    (
        "a list of mixed types is returned",
        """
        @workflow
        def f() -> list[int]:
            return [one(), 'x']  # !
        """,
        "workflow {m}.f: output 'o0': at [1]: expected int, got 'x' of type str",
        "write a value of type list[int] there",
    ),
    (
        "the node of what returns nothing is returned",
        """
        @workflow
        def f() -> int:
            return quiet()  # !
        """,
        "workflow {m}.f: output 'o0': n0 ({m}.quiet) returns nothing that could be passed on",
        "write >> to run one after the other",
    ),
    (
        "a body raises",
        """
        @workflow
        def f() -> int:
            return {}['x']  # !
        """,
        "KeyError: 'x'",
        "",
    ),
    (
        "an imperative workflow without a name",
        """
        flow = ImperativeWorkflow(name='')  # !
        flow.add_entity(quiet)
        """,
        "ImperativeWorkflow: name='' is not a name",
        "write a text",
    ),
    (
        "an imperative input twice",
        """
        flow = ImperativeWorkflow(name='made')
        flow.add_workflow_input('n', int)
        flow.add_workflow_input('n', int)  # !
        flow.add_entity(quiet)
        """,
        "workflow made: it has an input 'n' already",
        "choose another name",
    ),
    (
        "an imperative input that is no name",
        """
        flow = ImperativeWorkflow(name='made')
        flow.add_workflow_input('first n', int)  # !
        flow.add_entity(quiet)
        """,
        "workflow made: 'first n' cannot name an input",
        "write it like a variable's name",
    ),
    (
        "an imperative output twice",
        """
        flow = ImperativeWorkflow(name='made')
        node = flow.add_entity(one)
        flow.add_workflow_output('n', node.o0)
        flow.add_workflow_output('n', node.o0)  # !
        """,
        "workflow made: it has an output 'n' already",
        "choose another name",
    ),
    (
        "an imperative output of unknown type",
        """
        flow = ImperativeWorkflow(name='made')
        node = flow.add_entity(one)
        flow.add_workflow_output('ns', [node.o0])  # !
        """,
        "workflow made: output 'ns': the type of [<promise of n0.o0>] is not known",
        "say it: python_type=list[int] or the like",
    ),
    (
        "an imperative output of another workflow",
        """
        other = ImperativeWorkflow(name='other')
        node = other.add_entity(one)
        flow = ImperativeWorkflow(name='made')
        flow.add_entity(one)
        flow.add_workflow_output('n', node.o0)  # !
        """,
        "workflow made: output 'n': n0.o0 is of workflow other",
        "give it one of its own",
    ),
    (
        "an imperative call without an argument",
        """
        flow = ImperativeWorkflow(name='made')
        flow.add_entity(pair_of, a=1)  # !
        """,
        "workflow made, node n0 ({m}.pair_of): the input 'b' is missing",
        "pass b=…",
    ),
    (
        "an imperative option with a wrong value",
        """
        flow = ImperativeWorkflow(name='made', interruptible='no')  # !
        flow.add_entity(quiet)
        """,
        "workflow made: interruptible='no' is not possible",
        "write True or False",
    ),
    (
        "an imperative failure handler with an input of its own",
        """
        flow = ImperativeWorkflow(name='made')
        flow.add_entity(quiet)
        flow.add_on_failure_handler(text)  # !
        """,
        "workflow made: on_failure={m}.text has the input 's', which the workflow has not",
        "give the workflow an input 's', or 's' a default; the error comes as err: WorkflowError | None",
    ),
    (
        "an imperative constant of another type",
        """
        flow = ImperativeWorkflow(name='made')
        flow.add_entity(one, n='x')  # !
        """,
        "workflow made, node n0 ({m}.one): input 'n': expected int, got 'x' of type str",
        "write a value of type int there",
    ),
    (
        "a launch plan sets what is no input",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', default_inputs={'m': 1})  # !
        """,
        "launch plan plan: default_inputs sets 'm', which is no input of {m}.flow_of",
        "the inputs are n",
    ),
    (
        "a launch plan's default has another type",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', default_inputs={'n': 'x'})  # !
        """,
        "launch plan plan: the default of 'n': expected int, got 'x' of type str",
        "write a value of type int there",
    ),
    (
        "a launch plan fixes another type",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', fixed_inputs={'n': 'x'})  # !
        """,
        "launch plan plan: the fixed input 'n': expected int, got 'x' of type str",
        "write a value of type int there",
    ),
    (
        "a launch plan has a schedule",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', schedule='daily')  # !
        """,
        "launch plan plan: Volant does nothing with schedule yet",
        "leave out schedule=…",
    ),
    (
        "a launch plan has notifications",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', notifications=[])  # !
        """,
        "launch plan plan: Volant does nothing with notifications yet",
        "leave out notifications=…",
    ),
    (
        "an option of a launch plan does not exist",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', lables={})  # !
        """,
        "launch plan plan: there is no option 'lables'",
        "did you mean 'labels'?",
    ),
    (
        "labels are no texts",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', labels={'a': 1})  # !
        """,
        "launch plan plan: labels={'a': 1} is not possible",
        'write texts by name, e.g. {"team": "data"}',
    ),
    (
        "max_parallelism is negative",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', max_parallelism=-1)  # !
        """,
        "launch plan plan: max_parallelism=-1 is not possible",
        "write a whole number, 0 for no limit",
    ),
    (
        "a default launch plan with options",
        """
        plan = LaunchPlan.get_or_create(flow_of, labels={'a': 'b'})  # !
        """,
        "launch plan {m}.flow_of: the default launch plan cannot set labels",
        'give it a name: name="…"',
    ),
    (
        "a launch plan made twice",
        """
        plan = LaunchPlan.create('plan', flow_of)
        again = LaunchPlan.create('plan', flow_of)  # !
        """,
        "launch plan plan: it was made already, at {file}:53",
        "choose another name, or use get_or_create",
    ),
    (
        "a launch plan made otherwise",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan')
        again = LaunchPlan.get_or_create(flow_of, 'plan', labels={'a': 'b'})  # !
        """,
        "launch plan plan: it differs in labels from the one made at {file}:53",
        "choose another name",
    ),
    (
        "a fixed input is given",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', fixed_inputs={'n': 3})
        @workflow
        def f() -> int:
            return plan(n=4)  # !
        """,
        "workflow {m}.f, node n0 (plan): the input 'n' is fixed to 3 by the launch plan",
        "leave out n=…, or call the workflow itself",
    ),
    (
        "a launch plan misses an input",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan')
        @workflow
        def f() -> int:
            return plan()  # !
        """,
        "workflow {m}.f, node n0 (plan): the input 'n' is missing",
        "pass n=…",
    ),
    (
        "a reference without a version",
        """
        @reference_task('p', 'd', 'far', '')  # !
        def far(n: int) -> int: ...
        """,
        "@reference_task: version='' is not possible",
        "write the version it is registered with",
    ),
    (
        "a reference with a wrong signature",
        """
        @reference_task('p', 'd', 'far', 'v1')  # !
        def far(n) -> int: ...
        @workflow
        def f() -> int:
            return far(n=1)
        """,
        "reference task far: the parameter 'n' has no type",
        "annotate it, e.g. n: int",
    ),
    (
        "an argument of an imperative workflow",
        """
        flow = ImperativeWorkflow(name='made')
        n = flow.add_workflow_input('n', int)
        flow.add_entity(one, n=n * 2)  # !
        """,
        "workflow made: arithmetic is not possible here: n is a promise of int, not yet a value",
        IN_A_TASK,
    ),
    (
        "a reference is called wrongly",
        """
        @reference_task('p', 'd', 'far', 'v1')
        def far(n: int) -> int: ...
        @workflow
        def f() -> int:
            return far(m=1)  # !
        """,
        "workflow {m}.f, node n0 (far): there is no input 'm'",
        "it takes n",
    ),
]
"""Mistakes after which one can go on: (what, code, message, fix)."""

ENDS = [
    (
        "launch plan of a task",
        """
        plan = LaunchPlan.get_or_create(one, 'plan')  # !
        """,
        "launch plan plan: <task {m}.one> is not a workflow",
        "give it what @workflow made, or an ImperativeWorkflow",
    ),
    (
        "flytekit's Workflow",
        """
        flow = Workflow(name='made')  # !
        """,
        "Workflow is what @workflow makes of a function; it is not made by hand",
        'write ImperativeWorkflow(name="…"), which is what flytekit calls Workflow',
    ),
    (
        "an imperative call of a plain function",
        """
        flow = ImperativeWorkflow(name='made')
        flow.add_entity(len)  # !
        """,
        "workflow made: <built-in function len> is neither a task, a workflow nor a launch plan",
        "decorate it with @task or @workflow",
    ),
    (
        "a workflow of a class",
        """
        @workflow  # !
        class Flow: ...
        """,
        "@workflow: <class '{m}.Flow'> is not a function",
        "decorate a function: def name(...)",
    ),
    (
        "a reference of a class",
        """
        @reference_task('p', 'd', 'far', 'v1')  # !
        class Flow: ...
        """,
        "@reference_task: <class '{m}.Flow'> is not a function",
        "decorate a function that has the signature of what is referred to",
    ),
    (
        "a fixed input of a direct call",
        """
        plan = LaunchPlan.get_or_create(flow_of, 'plan', fixed_inputs={'n': 3})
        plan(n=4)  # !
        """,
        "launch plan plan: the input 'n' is fixed to 3 by the launch plan",
        "leave out n=…, or call the workflow itself",
    ),
    (
        "a reference called directly",
        """
        @reference_task('p', 'd', 'far', 'v1')
        def far(n: int) -> int: ...
        far(n=3)  # !
        """,
        "the task p:d:far:v1 is registered elsewhere: it cannot run here",
        "in a test, stand in for it: with task_mock(...) as mock: mock.return_value = ...",
    ),
    (
        "a workflow called directly without an argument",
        """
        flow_of()  # !
        """,
        "workflow {m}.flow_of: the input 'n' is missing",
        "pass n=…",
    ),
    (
        "a node outside of a workflow",
        """
        create_node(one)  # !
        """,
        "create_node makes nodes in a workflow's body only",
        "call it in a workflow",
    ),
]
"""Mistakes after which the file cannot be imported: likewise."""

Row = tuple[str, str, str, str]


def _named(row: Row) -> str:
    return row[0]


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    """Name of a module that a test writes, below a folder on the path."""
    name = f"mistake_{tmp_path.name.rpartition('_')[2]}_{id(tmp_path)}"
    before = list(sys.path)
    LaunchPlan.made.clear()
    yield name
    LaunchPlan.made.clear()
    sys.path[:] = before
    sys.modules.pop(name, None)


def _written(folder: Path, module: str, code: str) -> tuple[Path, int]:
    """The file, and the line that is marked."""
    file = folder / f"{module}.py"
    text = HEADER + textwrap.dedent(code).lstrip("\n")
    file.write_text(text)
    (line,) = (number for number, each in enumerate(text.splitlines(), 1) if each.endswith("# !"))
    return file, line


def _translate_all(module: str) -> None:
    for entity in entities.find(importlib.import_module(module)).values():
        translate(entity, Settings())


@pytest.mark.parametrize("row", GOES_ON, ids=_named)
def test_a_mistake_is_told_once_with_its_line_and_its_fix(row: Row, tmp_path: Path, module: str) -> None:
    _, code, message, fix = row
    file, line = _written(tmp_path, module, code)
    told = f"{file}:{line}: {message.replace('{m}', module).replace('{file}', str(file))}"
    loaded = loading.load(Load(str(file), str(tmp_path), module))
    problems = entities.each_once([*loaded.problems, *descriptions.check(loaded.entities).problems])
    assert [(each.message, each.fix, each.place) for each in problems] == [(told, fix, f"{file}:{line}")]


@pytest.mark.parametrize(
    "row", [row for row in GOES_ON if row[0] not in ("a body raises", "unpacking too few")], ids=_named
)
def test_a_mistake_raises_at_its_line_where_nobody_collects(row: Row, tmp_path: Path, module: str) -> None:
    _, code, message, fix = row
    file, line = _written(tmp_path, module, code)
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    with pytest.raises(AuthoringError) as caught:
        _translate_all(module)
    assert str(caught.value) == f"{file}:{line}: {message.replace('{m}', module).replace('{file}', str(file))}"
    assert (caught.value.fix, caught.value.place) == (fix, f"{file}:{line}")


@pytest.mark.parametrize("row", ENDS, ids=_named)
def test_a_mistake_after_which_nothing_can_go_on_ends_the_import(row: Row, tmp_path: Path, module: str) -> None:
    _, code, message, fix = row
    file, line = _written(tmp_path, module, code)
    with pytest.raises(loading.LoadError) as caught:
        loading.load(Load(str(file), str(tmp_path), module))
    told = f"{file}:{line}: {message.replace('{m}', module)}"
    assert caught.value.problems == (Problem(told, fix, place=f"{file}:{line}"),)
