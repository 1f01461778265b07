"""`volant idl`, as a plugin's author and a CI job use it; whole outputs of their mistakes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ORDERS = """\
from dataclasses import dataclass, field

print("shop opens")


@dataclass
class Line:
    item: str = ""


@dataclass
class Order:
    customer: str = ""
    amount: int = 0
    lines: list[Line] = field(default_factory=list)
"""
ORDERS_PROTO = """\
// Written by `volant idl proto`, which keeps the numbers: change the class, not this file.
syntax = "proto3";

package orders;

message Order {
  string customer = 1;
  int64 amount = 2;
  repeated Line lines = 3;
}

message Line {
  string item = 1;
}
"""
SHOP = """\
syntax = "proto3";
package shop;
import "flyteidl/core/literals.proto";
import "google/type/money.proto";
import "google/protobuf/duration.proto";
message Price { google.type.Money money = 1; }
message Order {
  Price price = 1;
  flyteidl.core.Literal hint = 2;
  google.protobuf.Duration wait = 3;
  Order before = 4;
}
"""
TWO = 'syntax = "proto3";\npackage shop;\nmessage Order { int64 n = 1; }\nmessage Offer { int64 n = 1; }\n'
USES = 'syntax = "proto3";\npackage cart;\nimport "two.proto";\nmessage Cart { shop.Order order = 1; }\n'
HIDDEN = """\
import importlib.util

find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "grpc_tools" else find_spec(name, *more)
"""
BAD = 'syntax = "proto3";\nmessage Order {\n  Strin name = 1;\n  int64 name = 2;\n}\n'


@pytest.fixture
def volant(tmp_path):
    def call(*words: str, **more: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "volant", *words]
        environment = {**os.environ, "COLUMNS": "200", **more}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture(autouse=True)
def files(tmp_path):
    texts = {"orders.py": ORDERS, "shop.proto": SHOP, "two.proto": TWO, "uses.proto": USES, "bad.proto": BAD}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)


def test_a_proto_becomes_python_that_loads(volant, tmp_path):
    code, out, _ = volant("idl", "compile", "shop.proto", "--out", "made", "--json")

    assert code == 0
    told = json.loads(out)
    assert {key: told[key] for key in ("files", "message", "module", "class_name")} == {
        "files": ["made/shop_pb2.py", "made/shop_pb2.pyi"],
        "message": "shop.Order",
        "module": "shop_pb2",
        "class_name": "Order",
    }
    code = "from shop_pb2 import Order; print(Order(price={'money': {'units': 3}}).price.money.units)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "made", capture_output=True, text=True, check=True
    )
    assert done.stdout == "3\n"


def test_the_message_and_the_runtime_are_told(volant):
    code, out, _ = volant("idl", "compile", "uses.proto", "two.proto", "--message", "Cart")

    assert code == 0
    *written, message, runtime = out.splitlines()
    assert written == [f"wrote    {name}_pb2.{end}" for name in ("uses", "two") for end in ("py", "pyi")]
    assert message == "message  cart.Cart, the class Cart of uses_pb2"
    assert runtime.startswith("runtime  protobuf ")


def test_folders_of_imports_are_kept(volant, tmp_path):
    (tmp_path / "protos" / "shop").mkdir(parents=True)
    (tmp_path / "protos" / "shop" / "one-order.proto").write_text('syntax = "proto3"; message Order {}')

    code, out, _ = volant("idl", "compile", "protos/shop/one-order.proto", "-I", "protos", "--out", "src")

    assert (code, out.splitlines()[:2]) == (
        0,
        ["wrote    src/shop/one_order_pb2.py", "wrote    src/shop/one_order_pb2.pyi"],
    )


def test_what_was_made_is_what_is_loaded_whatever_package_is_there_already(volant, tmp_path):
    package = tmp_path / "my src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('not before shop_pb2 is made')\n")
    (package / "order_pb2.py").write_text("raise RuntimeError('an old one')\n")
    (package / "order.proto").write_text('syntax = "proto3"; package shop; message Order { int64 n = 1; }')

    code, out, err = volant("idl", "compile", "my src/shop/order.proto", "-I", "my src")

    assert (code, out.splitlines()[:1], err) == (0, ["wrote    my src/shop/order_pb2.py"], "")
    assert "raise" not in (package / "order_pb2.py").read_text()


def test_a_module_that_is_missing_is_still_named(volant, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").touch()
    (tmp_path / "p" / "one.proto").write_text('syntax = "proto3"; package p; message One {}')
    (tmp_path / "p" / "two.proto").write_text(
        'syntax = "proto3"; package p; import "p/one.proto"; message Two { One one = 1; }'
    )

    code, _, err = volant("idl", "compile", "p/two.proto", "-I", ".")

    assert code == 2
    assert "compile p/one.proto as well" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            "bad.proto",
            1,
            (
                'error: bad.proto:3:3: "Strin" is not defined.\n'
                'error: bad.proto:4:9: "name" is already defined in "Order".\n'
            ),
        ),
        (
            "two.proto",
            2,
            (
                "error: a task's custom part is one message, and there are several: shop.Order, shop.Offer; "
                "no other refers to any of them\n  fix: say which it is: --message Order\n"
            ),
        ),
        (
            "two.proto --message Cart",
            2,
            "error: --message Cart: there is no such message\n  fix: choose one of shop.Order, shop.Offer\n",
        ),
        (
            "uses.proto",
            2,
            (
                "error: what protoc made of uses.proto cannot be loaded: "
                "ModuleNotFoundError: No module named 'two_pb2'\n"
                "  fix: compile two.proto as well: name both files\n"
            ),
        ),
        (
            "orders.py",
            2,
            "error: 'orders.py' is no .proto file\n  fix: name a file that ends in .proto\n",
        ),
        (
            "carts.proto",
            2,
            "error: there is no file 'carts.proto'\n  fix: check the path; it is relative to the current folder\n",
        ),
        ("two.proto -I made", 2, "error: 'two.proto' is not below made\n  fix: add -I .\n"),
    ],
)
def test_mistakes_of_compile_are_told_and_nothing_is_written(volant, tmp_path, words, code, said):
    found = volant("idl", "compile", *words.split())

    assert found[0] == code
    assert sorted(found[2].splitlines()) == sorted(said.splitlines())
    assert [*tmp_path.glob("*_pb2*")] == []


def test_without_protoc_compile_says_what_to_install(volant, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(HIDDEN)

    found = volant("idl", "compile", "two.proto", PYTHONPATH=str(tmp_path))

    assert found == (
        2,
        "",
        "error: compiling .proto files needs grpcio-tools, which is not installed\n  fix: pip install 'volant[kit]'\n",
    )


def test_a_class_becomes_a_proto_and_stays_it(volant, tmp_path):
    assert volant("idl", "proto", "orders.py:Order")[:2] == (0, ORDERS_PROTO)
    assert volant("idl", "proto", "orders.py:Order", "--out", "orders.proto")[:2] == (0, "wrote orders.proto\n")
    assert (tmp_path / "orders.proto").read_text() == ORDERS_PROTO
    assert volant("idl", "proto", "orders:Order", "--out", "orders.proto", "--check")[:2] == (
        0,
        "orders.proto is what orders:Order says\n",
    )


def test_check_shows_what_would_change_and_writes_nothing(volant, tmp_path):
    (tmp_path / "orders.proto").write_text(ORDERS_PROTO)
    (tmp_path / "orders.py").write_text(
        ORDERS.replace('customer: str = ""', "paid: bool = False").replace("print", "#")
    )

    found = volant("idl", "proto", "orders.py:Order", "--out", "orders.proto", "--check")

    assert found == (
        1,
        (
            "--- orders.proto\n"
            "+++ orders.proto of orders.py:Order\n"
            "@@ -4,9 +4,12 @@\n"
            " package orders;\n"
            " \n"
            " message Order {\n"
            "-  string customer = 1;\n"
            "+  reserved 1;\n"
            '+  reserved "customer";\n'
            "+\n"
            "   int64 amount = 2;\n"
            "   repeated Line lines = 3;\n"
            "+  bool paid = 4;\n"
            " }\n"
            " \n"
            " message Line {\n"
        ),
        (
            "error: orders.proto is not what orders.py:Order says\n"
            "  fix: volant idl proto orders.py:Order --out orders.proto\n"
        ),
    )
    assert (tmp_path / "orders.proto").read_text() == ORDERS_PROTO


def test_a_changed_type_is_refused_and_the_file_stays(volant, tmp_path):
    (tmp_path / "orders.proto").write_text(ORDERS_PROTO)
    (tmp_path / "orders.py").write_text(ORDERS.replace("amount: int = 0", "amount: float = 0.0").replace("print", "#"))

    found = volant("idl", "proto", "orders.py:Order", "--out", "orders.proto")

    assert found == (
        1,
        "",
        (
            "error: orders.proto:6: Order.amount was int64 and would be double, "
            "which tasks that exist could not be read with\n"
            "  fix: leave it, and add a field of another name; without amount in the class its number 2 is reserved\n"
        ),
    )
    assert (tmp_path / "orders.proto").read_text() == ORDERS_PROTO


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            "orders.py",
            2,
            (
                "error: 'orders.py' names no class\n"
                "  fix: write FILE:CLASS or MODULE:CLASS, for example shop/orders.py:Order\n"
            ),
        ),
        ("orders.py:Offer", 1, "shop opens\nerror: orders has no 'Offer'\n  fix: it has Line, Order\n"),
        ("orders.py:field", 1, "shop opens\nerror: orders:field is <function …>, and no class\n  fix: name a class\n"),
        (
            "carts:Cart",
            1,
            "error: there is no module 'carts'\n  fix: check its name, or name its file: shop/orders.py:Order\n",
        ),
        (
            "broken.py:Order",
            1,
            (
                "Traceback (most recent call last):\n"
                '  File "…/broken.py", line 1, in <module>\n'
                "    1 / 0\n"
                "    ~~^~~\n"
                "ZeroDivisionError: division by zero\n"
                "error: broken cannot be imported: …/broken.py:1: ZeroDivisionError: division by zero\n"
                "  fix: make it import on its own first\n"
            ),
        ),
        (
            "plain.py:Order",
            1,
            "error: Order is no class with fields\n  fix: make it a dataclass, a msgspec Struct or a pydantic model\n",
        ),
        (
            "orders.py:Order --check",
            2,
            "error: --check compares with a file: add --out FILE.proto\n  fix: see: volant idl proto --help\n",
        ),
        (
            "orders.py:Order --out two.proto",
            1,
            (
                "shop opens\n"
                "error: two.proto:3: 'message Order { int64 n = 1; }' is nothing `volant idl proto` writes, "
                "so its numbers cannot be kept\n"
                "  fix: write to another --out; a file written by hand is compiled as it is: volant idl compile\n"
            ),
        ),
    ],
)
def test_mistakes_of_proto_are_told(volant, tmp_path, words, code, said):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "plain.py").write_text("class Order: ...\n")

    found = volant("idl", "proto", *words.split())

    assert (found[0], found[1], _without_places(found[2], tmp_path)) == (code, "", said)


def _without_places(text: str, folder: Path) -> str:
    head, _, tail = text.replace(str(folder), "…").partition("<function")
    return f"{head}<function …{tail[tail.index('>') :]}" if tail else text.replace(str(folder), "…")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\ny = 1 / 0\n", "bad.py:2: ZeroDivisionError"),
        ("def f(:\n", "bad.py:1: SyntaxError"),
        ("import sys\nsys.exit(3)\n", "bad.py:2: SystemExit: 3"),
        ("import nowhere\n", "bad.py:1: ModuleNotFoundError"),
    ],
)
def test_what_a_user_s_module_raises_is_told_with_its_line(volant, tmp_path, source, said):
    (tmp_path / "my dir").mkdir()
    (tmp_path / "my dir" / "bad.py").write_text(source)
    (tmp_path / "my dir" / "via.py").write_text("import bad\n")

    code, _, err = volant("idl", "proto", "my dir/via.py:Order")

    assert code == 1
    assert "error: via cannot be imported: " in err
    assert said in err


def test_the_command_that_is_told_can_be_pasted(volant):
    code, _, err = volant("idl", "proto", "orders.py:Order", "--out", "my protos/o.proto", "--check")

    assert code == 1
    assert "fix: volant idl proto orders.py:Order --out 'my protos/o.proto'" in err


def test_what_a_user_s_module_prints_is_not_in_the_document(volant):
    code, out, said = volant("idl", "proto", "orders.py:Order", "--json")

    assert (code, said) == (0, "shop opens\n")
    assert json.loads(out)["text"] == ORDERS_PROTO
