"""Types others teach Volant: bound in code, or by the entry point of an installed package."""

import enum
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import pytest

from volant.idl import pb
from volant.sdk.errors import AuthoringError, ConversionError, WorkflowError
from volant.sdk.files import Directory, File, local_path
from volant.sdk.type_engine import extension
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.extension import TypeTransformer
from volant.sdk.type_engine.msgpack_documents import decode, document
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import KNOWN

X = TypeVar("X")


class Image:
    def __init__(self, width: int, pixels: bytes) -> None:
        self.width = width
        self.pixels = pixels

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Image) and (other.width, other.pixels) == (self.width, self.pixels)

    __hash__ = None  # type: ignore[assignment]


class Icon(Image):
    pass


class Pair(NamedTuple):
    x: int
    y: int


class Colour(enum.Enum):
    RED = "red"


class ImageTransformer(TypeTransformer):
    """One file, a byte of width before the pixels."""

    def literal_type(self) -> pb.LiteralType:
        return pb.LiteralType(blob=pb.BlobType(format="image"))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        folder = raw.put("image", lambda path: path.write_bytes(bytes([value.width]) + value.pixels))
        metadata = pb.BlobMetadata(type=self.literal_type().blob)
        return pb.Literal(scalar=pb.Scalar(blob=pb.Blob(metadata=metadata, uri=f"{folder}/image")))

    def take(self, literal: pb.Literal) -> Any:
        data = Path(local_path(literal.scalar.blob.uri)).read_bytes()
        return self.hint(data[0], data[1:])


class Version:
    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and other.text == self.text

    __hash__ = None  # type: ignore[assignment]


class VersionTransformer(TypeTransformer):
    name = "version"

    def literal_type(self) -> pb.LiteralType:
        return pb.LiteralType(simple=pb.SimpleType.STRING)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(string_value=value.text)))

    def take(self, literal: pb.Literal) -> Any:
        text = literal.scalar.primitive.string_value
        if not text[:1].isdigit():
            raise ConversionError(f"{text!r} is no version", fix="start with a digit")
        return Version(text)


@dataclass
class Vector:
    x: float
    y: float


class VectorTransformer(TypeTransformer):
    def literal_type(self) -> pb.LiteralType:
        return pb.LiteralType(simple=pb.SimpleType.STRUCT)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        return document([value.x, value.y])

    def take(self, literal: pb.Literal) -> Any:
        return Vector(*decode(literal.scalar.binary.value))


class Box(Generic[X]):
    def __init__(self, inside: int) -> None:
        self.inside = inside


@pytest.fixture(autouse=True)
def _bindings() -> Iterator[None]:
    before = dict(extension.BOUND)
    yield
    extension.BOUND.clear()
    extension.BOUND.update(before)
    KNOWN.clear()


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData(tmp_path.as_uri())


def test_three_methods_make_a_type_that_goes_everywhere(raw: RawData) -> None:
    @dataclass
    class Album:
        cover: Image
        rest: dict[str, Image | None]

    ImageTransformer.bind(Image)
    image = Image(2, b"abcd")
    for hint, value in (
        (Image, image),
        (list[Image], [image]),
        (Image | None, image),
        (Image | None, None),
        (int | Image, image),
        (Album, Album(image, {"a": image, "b": None})),
    ):
        assert transformer(hint).from_literal(transformer(hint).to_literal(value, raw)) == value
    assert transformer(Image).literal_type() == pb.LiteralType(blob=pb.BlobType(format="image"))
    tags = [each.structure.tag for each in transformer(Image | None).literal_type().union_type.variants]
    assert tags == ["ImageTransformer", "none"]


def test_a_type_that_is_a_text_on_the_wire_is_one_everywhere(raw: RawData) -> None:
    @dataclass
    class Release:
        version: Version

    VersionTransformer.bind(Version)
    kind = transformer(Release)
    assert kind.pack(Release(Version("1.2")), raw) == {"version": "1.2"}
    assert kind.unpack({"version": "1.2"}) == Release(Version("1.2"))
    assert kind.schema()["properties"] == {"version": {"type": "string"}}
    assert transformer(Version).parse("1.2", "/") == Version("1.2")
    with pytest.raises(ConversionError) as caught:
        transformer(list[Version]).read(["1", "x"], "/")
    assert (str(caught.value), caught.value.fix) == ("at [1]: 'x' is no version", "start with a digit")


def test_a_bound_transformer_goes_before_that_of_dataclasses(raw: RawData) -> None:
    @dataclass
    class Line:
        end: Vector

    VectorTransformer.bind(Vector)
    literal = transformer(Vector).to_literal(Vector(1.0, 2.0), raw)
    assert decode(literal.scalar.binary.value) == [1.0, 2.0]
    assert transformer(Vector).from_literal(literal) == Vector(1.0, 2.0)
    assert transformer(Line).pack(Line(Vector(1.0, 2.0)), raw) == {"end": [1.0, 2.0]}
    assert transformer(Line).unpack({"end": [1.0, 2.0]}) == Line(Vector(1.0, 2.0))


def test_what_was_found_before_a_binding_is_found_anew() -> None:
    hint = list[Image]
    before = transformer(hint).literal_type()
    ImageTransformer.bind(Image)
    assert before.collection_type.blob.format == "PythonPickle"
    assert transformer(hint).literal_type().collection_type.blob.format == "image"


def test_subclasses_are_included_where_the_transformer_says_so() -> None:
    class Any_(ImageTransformer):
        subclasses = True

    ImageTransformer.bind(Image)
    assert transformer(Icon).name == "FlytePickle"
    extension.BOUND.clear()
    Any_.bind(Image)
    kind = transformer(Icon)
    assert (kind.name, kind.hint) == ("Any_", Icon)


def test_a_generic_class_is_bound_for_all_it_may_hold() -> None:
    class BoxTransformer(VersionTransformer):
        def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
            return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(string_value=str(value.inside))))

    BoxTransformer.bind(Box)
    kind = transformer(Box[int])
    assert kind.to_literal(Box(3), RawData()).scalar.primitive.string_value == "3"


def test_one_class_has_one_transformer() -> None:
    ImageTransformer.bind(Image)
    ImageTransformer.bind(Image)
    with pytest.raises(AuthoringError) as caught:
        VersionTransformer.bind(Image)
    here = VersionTransformer.__module__
    assert str(caught.value).startswith(__file__)
    assert str(caught.value).partition(": ")[2] == (
        f"{here}.Image is bound to {here}.ImageTransformer already, and now to {here}.VersionTransformer"
    )
    assert caught.value.fix == "bind one of them"


@pytest.mark.parametrize("kind", [int, dict, type(None), object, set, File, Directory, Pair, WorkflowError, Colour])
def test_what_volant_passes_itself_is_not_bound(kind: type) -> None:
    with pytest.raises(AuthoringError) as caught:
        ImageTransformer.bind(kind)
    name = "None" if kind is type(None) else kind.__name__
    assert str(caught.value).endswith(f"ImageTransformer cannot be bound to {name}, which Volant passes itself")
    assert caught.value.fix == "bind it to a class of your own"


def test_a_type_that_is_no_class_is_not_bound() -> None:
    with pytest.raises(AuthoringError) as caught:
        ImageTransformer.bind(Annotated[Image, 1])  # type: ignore[arg-type]
    assert str(caught.value).endswith("ImageTransformer cannot be bound to Image, which is no class")


def test_a_value_of_another_class_is_refused_before_the_transformer_is_asked(raw: RawData) -> None:
    ImageTransformer.bind(Image)
    with pytest.raises(ConversionError) as caught:
        transformer(Image).to_literal("cat.png", raw)
    assert str(caught.value) == "expected Image, got 'cat.png' of type str"


def test_what_cannot_be_typed_says_so() -> None:
    ImageTransformer.bind(Image)
    with pytest.raises(ConversionError) as caught:
        transformer(Image).parse("cat.png", "/")
    assert str(caught.value) == "values of Image cannot be written as text"
    assert caught.value.fix == "make them in a task, or give ImageTransformer a method `read`"


class LooseTransformer(VersionTransformer):
    def pack(self, value: Any, raw: RawData) -> Any:
        return {"it": value}


class BrokenTransformer(VersionTransformer):
    def literal_type(self) -> Any:
        return None

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        raise KeyError("oops")


def test_mistakes_of_a_transformer_are_told_as_its_own() -> None:
    BrokenTransformer.bind(Version)
    here = BrokenTransformer.__module__
    for call, told in (
        (lambda kind: kind.to_literal(Version("1"), RawData()), "to_literal failed on <tests.unit"),
        (lambda kind: kind.literal_type(), "literal_type gave None instead of a LiteralType"),
    ):
        with pytest.raises(ConversionError) as caught:
            call(transformer(Version))
        message = str(caught.value).replace(here, "tests.unit")
        assert message.startswith(f"BrokenTransformer, the transformer of Version: {told}")
        assert caught.value.fix == f"correct {here}.BrokenTransformer, or tell its author"
    with pytest.raises(ConversionError, match=r"KeyError: 'oops'$"):
        transformer(Version).to_literal(Version("1"), RawData())


def test_what_a_transformer_packs_must_be_plain() -> None:
    LooseTransformer.bind(Version)
    with pytest.raises(ConversionError) as caught:
        transformer(Version).pack(Version("1"), RawData())
    message = re.sub(r"<[^>]*>", "<it>", str(caught.value))
    assert message == (
        "LooseTransformer, the transformer of Version: pack gave {'it': <it>}, which is not plain:"
        " at ['it']: expected a plain value, got <it> of type Version"
    )


# ------------------------------------------------------------------------------ by entry point, in a new process

SHAPES = """
class Circle:
    def __init__(self, radius): self.radius = radius
class Ring(Circle): pass
class Square: pass
class Hexagon: pass
class Star: pass
"""
CIRCLES = """
from volant.idl import pb
from volant.sdk.type_engine.extension import TypeTransformer
import shapes
print("circles is imported")
class CircleTransformer(TypeTransformer):
    name = "circle"
    subclasses = True
    def literal_type(self): return pb.LiteralType(simple=pb.SimpleType.INTEGER)
    def to_literal(self, value, raw):
        return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(integer=value.radius)))
    def take(self, literal): return self.hint(literal.scalar.primitive.integer)
nothing = 3
"""
INSTALLED = {
    "acme-circles": {"shapes.Circle": "circles:CircleTransformer", "shapes.Square": "circles:missing",
                     "shapes.Hexagon": "circles:nothing", "shapes.Star": "circles:CircleTransformer"},
    "other-stars": {"shapes.Star": "stars:StarTransformer"},
}  # fmt: skip


def run_with_packages(folder: Path, code: str) -> list[str]:
    (folder / "shapes.py").write_text(SHAPES)
    (folder / "circles.py").write_text(CIRCLES)
    for name, points in INSTALLED.items():
        info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{kind} = {value}" for kind, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[volant.types]", *lines, ""]))
    start = f"""
import shapes
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
{textwrap.dedent(code)}
"""
    done = subprocess.run(
        [sys.executable, "-c", start], env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_installed_package_teaches_its_types_and_is_imported_when_one_is_met(tmp_path: Path) -> None:
    told = run_with_packages(
        tmp_path,
        """
        transformer(list[int])
        transformer(shapes.Square.__class__)
        print("before")
        for hint, value in ((shapes.Circle, shapes.Circle(3)), (shapes.Ring, shapes.Ring(4))):
            kind = transformer(hint)
            back = kind.from_literal(kind.to_literal(value, RawData()))
            print(kind.name, type(back).__name__, back.radius)
        """,
    )
    assert told == ["before", "circles is imported", "circle Circle 3", "circle Ring 4"]


def test_a_claim_that_cannot_be_used_is_told_for_its_type_alone(tmp_path: Path) -> None:
    told = run_with_packages(
        tmp_path,
        """
        for hint in (shapes.Square, shapes.Hexagon, shapes.Star):
            try:
                transformer(hint)
            except ConversionError as error:
                print(error, "|", error.fix)
        print(transformer(shapes.Circle).name)
        """,
    )
    package = "is passed by the installed package acme-circles 1.0, but"
    broken = "repair or uninstall acme-circles, or bind a transformer yourself"
    missing = "its transformer circles:missing cannot be loaded: AttributeError: module 'circles' has no attribute"
    two = "acme-circles 1.0 with circles:CircleTransformer, and other-stars 1.0 with stars:StarTransformer"
    choose = "uninstall one of them, or bind one yourself: TheTransformer.bind(Star)"
    assert told == [
        "circles is imported",
        f"shapes.Square {package} {missing} 'missing' | {broken}",
        f"shapes.Hexagon {package} circles:nothing is no TypeTransformer | {broken}",
        f"two installed packages pass shapes.Star: {two} | {choose}",
        "circle",
    ]
