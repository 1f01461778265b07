"""How a node's inputs are made in the engine. Engine spec 3.3; scenarios 10 and 12-17."""

from collections.abc import Callable
from typing import Any

import pytest

from volant.base.errors import FaultKind, StoreFault
from volant.contracts.status import TaskStatus
from volant.idl import pb
from volant.idl.literals import collection, none_literal, primitive
from volant.stores.blob_memory import MemoryBlobStore
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import done, flow, ints

INT = builders.INT
LIST = pb.LiteralType(collection_type=INT)
MAP = pb.LiteralType(map_value_type=INT)
NONE = pb.LiteralType(simple=pb.SimpleType.NONE, structure=pb.TypeStructure(tag="none"))
OPTIONAL = pb.LiteralType(union_type=pb.UnionType(variants=[INT, NONE]))


def consumer(binding: pb.BindingData, kind: pb.LiteralType, *, made: pb.LiteralType = INT, alias: str = "") -> bytes:
    """Node n0 makes "o"; node n1 takes "x" by `binding`."""
    producer = builders.task("maker", task_type="scripted")
    producer.interface.outputs.CopyFrom(builders.variables(["o"], made))
    taker = builders.task("taker", task_type="scripted")
    taker.interface.inputs.CopyFrom(builders.variables(["x"], kind))
    n0 = builders.node("n0", producer.id)
    if alias:
        n0.output_aliases.add(var="o", alias=alias)
    n1 = builders.node("n1", taker.id, [pb.Binding(var="x", binding=binding)], after=["n0"])
    return builders.closure(builders.workflow("wf", [n0, n1]), [producer, taker])


def promised(var: str = "o", *path: str | int) -> pb.BindingData:
    steps = [
        pb.PromiseAttribute(int_value=step) if isinstance(step, int) else pb.PromiseAttribute(string_value=step)
        for step in path
    ]
    return pb.BindingData(promise=pb.OutputReference(node_id="n0", var=var, attr_path=steps))


def constant(value: int) -> pb.BindingData:
    return pb.BindingData(scalar=builders.integer(value).scalar)


@pytest.fixture
def received(rig: Rig) -> Callable[..., pb.Literal | None]:
    """What the consumer gets as "x", when the maker leaves `made`."""

    def play(plan: bytes, made: pb.Literal | None = None) -> pb.Literal | None:
        seen: list[Any] = []
        if made is not None:
            rig.script("maker", [TaskStatus.succeeded(pb.LiteralMap(literals={"o": made}))])
        rig.script("taker", [lambda ctx: seen.append(ctx.inputs().literals["x"]) or done()])
        rig.create("r", plan)
        rig.play()
        return seen[0] if seen else None

    return play


def test_none_for_an_optional_arrives_as_the_none_variant(received: Callable[..., Any]) -> None:
    """Scenario 10."""
    none = pb.Literal(scalar=pb.Scalar(union=pb.Union(value=none_literal(), type=NONE)))

    assert received(consumer(pb.BindingData(scalar=none.scalar), OPTIONAL)) == none


def test_lists_and_maps_mix_constants_and_promises_in_order(received: Callable[..., Any]) -> None:
    """Scenario 12."""
    items = [constant(1), promised(), constant(3)]
    binding = pb.BindingData(collection=pb.BindingDataCollection(bindings=items))

    assert received(consumer(binding, LIST), primitive(2)) == collection([primitive(1), primitive(2), primitive(3)])


def test_a_map_mixes_constants_and_promises(received: Callable[..., Any]) -> None:
    """Scenario 12."""
    binding = pb.BindingData(map=pb.BindingDataMap(bindings={"a": constant(1), "b": promised()}))

    got = received(consumer(binding, MAP), primitive(2))

    assert got == pb.Literal(map=ints(a=1, b=2))


def test_a_path_picks_from_a_list(received: Callable[..., Any]) -> None:
    """Scenario 13; what paths mean in full is tested with the bindings themselves."""
    plan = consumer(promised("o", 1), INT, made=LIST)

    assert received(plan, collection([primitive(4), primitive(5)])) == primitive(5)


@pytest.mark.parametrize(
    ("path", "kind", "made"),
    [
        ((2,), LIST, collection([primitive(1)])),
        (("z",), MAP, pb.Literal(map=ints(a=1))),
        ((0,), LIST, collection([])),
    ],
)
def test_a_path_to_nothing_fails_the_consumer_by_the_systems_fault_without_a_retry(
    rig: Rig, path: tuple[Any, ...], kind: pb.LiteralType, made: pb.Literal
) -> None:
    """Scenario 14."""
    rig.script("maker", [TaskStatus.succeeded(pb.LiteralMap(literals={"o": made}))])
    run = rig.create("r", consumer(promised("o", *path), INT, made=kind))

    rig.play()

    error = rig.action(run, "n1").error
    assert error is not None
    assert (error.code, error.kind) == ("BindingResolutionFailure", FaultKind.SYSTEM)
    assert rig.events(run)[-3:] == ["n1 FAILED", "WF FAILING", "WF FAILED"]
    assert rig.attempts(run, "n1") == []
    assert rig.run(run).error == error


def test_a_missing_output_fails_its_producer_not_its_consumer(rig: Rig) -> None:
    """Scenario 15, at the producer (deviation 16)."""
    rig.script("a", [TaskStatus.succeeded(ints(other=1))])
    run = rig.create("r", flow({"a": "", "b": "a"}, a={"retries": 3}), {"a": 1})

    rig.play()

    error = rig.action(run, "a").error
    assert error is not None
    assert (error.code, error.kind) == ("OutputMismatch", FaultKind.USER)
    assert "'o'" in error.message
    assert len(rig.attempts(run, "a")) == 1
    assert "b QUEUED" not in rig.events(run)


def test_an_output_of_the_wrong_type_fails_its_producer(rig: Rig) -> None:
    rig.script("a", [TaskStatus.succeeded(pb.LiteralMap(literals={"o": primitive("seven")}))])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    error = rig.action(run, "a").error
    assert error is not None
    assert error.code == "OutputMismatch"
    assert "seven" in error.message


def test_a_consumer_finds_an_aliased_output(received: Callable[..., Any]) -> None:
    """Scenario 17."""
    assert received(consumer(promised("named"), INT, alias="named"), primitive(6)) == primitive(6)


def test_an_unreadable_disk_stops_the_engine_instead_of_failing_the_node(
    make_rig: type[Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    big = {f"o{'x' * 7_000}{k}": k for k in range(6)}
    maker = builders.task("maker", task_type="scripted", outputs=big)
    taker = builders.task("taker", task_type="scripted", inputs=["x"])
    nodes = [builders.node("n0", maker.id),
             builders.node("n1", taker.id, [builders.promise("x", "n0", next(iter(big)))])]  # fmt: skip
    rig.script("maker", [TaskStatus.succeeded(ints(**big))])
    run = rig.create("r", builders.closure(builders.workflow("wf", nodes), [maker, taker]))
    with monkeypatch.context() as broken:
        broken.setattr(MemoryBlobStore, "read", _input_output_error)
        with pytest.raises(StoreFault):
            rig.play()

    rig.crash().play()

    assert rig.run(run).phase.name == "SUCCEEDED"


def _input_output_error(self: MemoryBlobStore, uri: str, limit: int | None = None) -> bytes:
    raise StoreFault(f"{uri}: input/output error")
