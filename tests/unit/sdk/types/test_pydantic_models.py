"""pydantic models, by pydantic's own JSON form."""

import datetime as dt
import enum
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import pydantic
import pytest

from volant.idl import pb
from volant.idl.literal_types import castable
from volant.idl.type_names import show_type
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

T = TypeVar("T")
S = pb.SimpleType


class Colour(enum.Enum):
    RED = "red"


class Model(pydantic.BaseModel):
    a: int
    b: str = "x"


class More(Model):
    c: int = 0


class Team(pydantic.BaseModel):
    lead: Model
    members: list[Model] = []
    words: set[str] = set()
    keyed: dict[int, str] = {}
    colour: Colour = Colour.RED
    pair: tuple[int, str] = (1, "a")
    span: dt.timedelta = dt.timedelta(seconds=90)
    maybe: Model | int | None = None


class Tree(pydantic.BaseModel):
    value: int
    children: list["Tree"] = []


class Box(pydantic.BaseModel, Generic[T]):
    x: T


class Aliased(pydantic.BaseModel):
    a: int = pydantic.Field(alias="A", ge=3)


class Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)
    a: Annotated[int, pydantic.Field(gt=0)]
    word: Literal["x", "y"] = "x"


class Lower(pydantic.BaseModel):
    name: str

    @pydantic.field_validator("name")
    @classmethod
    def _lower(cls, name: str) -> str:
        if name == "bad":
            raise ValueError("not that one")
        return name.lower()


class Listed(pydantic.RootModel[list[int]]):
    pass


class Binary(pydantic.BaseModel):
    data: bytes


class Base64(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    data: bytes


class Rate(pydantic.BaseModel):
    rate: float


class AnyRate(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(ser_json_inf_nan="constants")
    rate: float


class Login(pydantic.BaseModel):
    password: pydantic.SecretStr


class Unfinished(pydantic.BaseModel):
    later: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


class Opaque:
    pass


class Callback(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    there: Opaque


class Report(pydantic.BaseModel):
    file: File
    parts: list[Directory] = []


@dataclass
class Holder:
    model: Model
    trees: list[Tree]


@pydantic.dataclasses.dataclass
class Data:
    a: int = pydantic.Field(default=3, ge=1)
    needed: int = pydantic.Field(kw_only=True)
    numbers: list[int] = pydantic.Field(default_factory=list)
    plain: int = 5


TEAM = Team(lead=Model(a=1), members=[Model(a=2)], words={"b", "a"}, keyed={2: "x", 1: "y"}, maybe=Model(a=3))
VALUES: list[tuple[Any, Any]] = [
    (Model, Model(a=1)),
    (More, More(a=1, c=2)),
    (Team, TEAM),
    (Tree, Tree(value=1, children=[Tree(value=2)])),
    (Box[int], Box[int](x=1)),
    (Box[list[Model]], Box[list[Model]](x=[Model(a=1)])),
    (Aliased, Aliased(A=3)),
    (Frozen, Frozen(a=1)),
    (Lower, Lower(name="ABC")),
    (Listed, Listed([1, 2])),
    (Binary, Binary(data=b"text")),
    (Base64, Base64(data=b"\x00\xff")),
    (AnyRate, AnyRate(rate=math.inf)),
    (Holder, Holder(Model(a=1), [Tree(value=1)])),
    (Data, Data(needed=1)),
    (list[Model], [Model(a=1)]),
    (Model | Frozen, Frozen(a=1)),
    (dict[int, Model], {1: Model(a=1)}),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=lambda each: str(each)[:30])
def test_a_model_comes_back_as_it_went(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    back = kind.from_literal(kind.to_literal(value, RawData()))
    assert back == value
    assert type(back) is type(value)
    assert castable(kind.literal_type(), kind.literal_type())


def test_a_model_is_a_document_with_pydantics_schema_and_its_fields_types() -> None:
    kind = transformer(Model).literal_type()
    assert pb.MessageToDict(kind.metadata) == Model.model_json_schema()
    assert dict(kind.structure.dataclass_type) == {
        "a": pb.LiteralType(simple=S.INTEGER),
        "b": pb.LiteralType(simple=S.STRING),
    }
    literal = transformer(Model).to_literal(Model(a=1), RawData())
    assert literal.scalar.binary.value == msgspec.msgpack.encode({"a": 1, "b": "x"})


def test_a_model_within_itself_comes_to_an_end_and_has_a_name() -> None:
    assert show_type(transformer(Tree).literal_type()) == "Tree"
    assert transformer(Tree).schema()["properties"]["children"]["items"] == {"type": "object"}


def test_a_model_within_a_dataclass_brings_its_definitions_along() -> None:
    schema = transformer(Team).schema()
    assert "$defs" not in schema
    assert schema["properties"]["lead"]["title"] == "Model"
    assert schema["properties"]["colour"] == {"enum": ["red"], "title": "Colour", "type": "string", "default": "red"}


def test_the_order_dicts_and_sets_were_filled_in_leaves_no_trace() -> None:
    packed = transformer(Team).pack(TEAM, RawData())
    assert packed["words"] == ["a", "b"]
    assert list(packed["keyed"]) == ["1", "2"]
    assert list(packed) == list(Team.model_fields)


def test_flytes_older_struct_form_is_read() -> None:
    struct = pb.ParseDict({"a": 1}, pb.Struct())
    assert transformer(Model).from_literal(pb.Literal(scalar=pb.Scalar(generic=struct))) == Model(a=1)


def test_files_of_a_model_travel_with_it(tmp_path: Path) -> None:
    # given a model with files
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "b.txt").write_text("b")
    (tmp_path / "a.txt").write_text("a")
    value = Report(file=File(tmp_path / "a.txt"), parts=[Directory(tmp_path / "parts")])

    # when it is passed, and the originals go
    kind = transformer(Report)
    literal = kind.to_literal(value, RawData((tmp_path / "raw").as_uri()))
    (tmp_path / "a.txt").unlink()
    (tmp_path / "parts" / "b.txt").unlink()

    # then the copies are there
    back = kind.from_literal(literal)
    assert Path(back.file).read_text() == "a"
    assert [each.name for each in back.parts[0].walk()] == ["b.txt"]
    assert set(kind.literal_type().structure.dataclass_type) == {"file", "parts"}


def test_a_file_of_a_model_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    value = Report(file=File(tmp_path / "gone.txt"))
    with pytest.raises(ConversionError) as caught:
        transformer(Report).to_literal(value, RawData(tmp_path.as_uri()))
    assert str(caught.value).startswith("there is no file ")


WRONG: list[tuple[Any, Any, str, str]] = [
    (Model, More(a=1), "expected Model, got More(a=1, b='x', c=0) of type More", "what a subclass adds would be lost"),
    (Model, {"a": 1}, "expected Model, got {'a': 1} of type dict", "write Model(**…) around it"),
    (
        Rate,
        Rate(rate=math.nan),
        "at .rate: nan has no JSON form",
        "set ser_json_inf_nan='constants' in the model's model_config",
    ),
    (
        Login,
        Login(password=pydantic.SecretStr("x")),
        "at .password: a secret is not passed between tasks: it would lie open in the store",
        "ask for it where it is used: @task(secret_requests=[Secret(…)])",
    ),
]


@pytest.mark.parametrize(("hint", "value", "problem", "fix"), WRONG, ids=lambda each: str(each)[:30])
def test_a_value_that_does_not_fit_or_would_be_lost_is_refused(hint: Any, value: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RawData())
    assert (str(caught.value), caught.value.fix) == (problem, fix)


def test_bytes_that_are_no_text_are_told_with_the_way_out() -> None:
    with pytest.raises(ConversionError, match="Binary has no JSON form: ") as caught:
        transformer(Binary).to_literal(Binary(data=b"\xff"), RawData())
    assert (
        caught.value.fix
        == "for bytes that are no text, set ser_json_bytes and val_json_bytes to 'base64' in model_config"
    )


UNREADABLE: list[tuple[Any, Any, str]] = [
    (Model, {}, "at .a: Model could not be made: Field required, got {}"),
    (
        Model,
        {"a": [], "b": 1},
        "at .a: Model could not be made: Input should be a valid integer, got [] (and 1 more)",
    ),
    (
        Team,
        {"lead": {"a": 1}, "members": [{"a": None}]},
        "at .members[0].a: Team could not be made: Input should be a valid integer, got None",
    ),
    (Frozen, {"a": 0}, "at .a: Frozen could not be made: Input should be greater than 0, got 0"),
    (Lower, {"name": "bad"}, "at .name: Lower could not be made: Value error, not that one, got 'bad'"),
    (Holder, {"model": {}, "trees": []}, "at .model.a: Model could not be made: Field required, got {}"),
    (Data, {"a": 0, "needed": 1}, "at .a: Data could not be made: Input should be greater than or equal to 1, got 0"),
    (Data, {}, "Data lacks the field 'needed'"),
    (Model, {"a": b"x"}, "JSON has no b'x'"),
]


@pytest.mark.parametrize(("hint", "plain", "problem"), UNREADABLE, ids=lambda each: str(each)[:30])
def test_a_document_that_is_not_valid_is_told_with_its_place(hint: Any, plain: Any, problem: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).unpack(plain)
    assert str(caught.value) == problem


def test_a_person_may_not_name_a_field_that_is_not_there() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Model).parse('{"a": 1, "c": 2}', ".")
    assert (str(caught.value), caught.value.fix) == ("Model has no field 'c'", "its fields are a, b")
    assert transformer(Aliased).parse('{"A": 4}', ".") == Aliased(A=4)


def test_a_model_that_cannot_be_described_says_so_before_any_value() -> None:
    for each in (Unfinished, Callback):
        with pytest.raises(ConversionError, match=f"{each.__name__} has no JSON schema: "):
            transformer(each).literal_type()


def test_pydantic_is_not_imported_for_who_does_not_use_it() -> None:
    program = (
        "import sys; from dataclasses import dataclass\n"
        "from volant.sdk.type_engine.engine import transformer\n"
        "Plain = dataclass(type('Plain', (), {'__annotations__': {'a': int}}))\n"
        "transformer(Plain).literal_type(); assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
