"""`volant-execute`: files in, files out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from volant.idl import pb

FLOW = """
from volant import NonRecoverableError, task

@task
def double(n: int) -> int:
    if n < 0:
        raise ValueError(f"{n} is too small")
    if n == 0:
        raise NonRecoverableError("nothing to double")
    return 2 * n
"""


def execute(folder: Path, n: int, **environment: str) -> subprocess.CompletedProcess[bytes]:
    (folder / "flow.py").write_text(FLOW)
    literal = pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(integer=n)))
    (folder / "inputs.pb").write_bytes(pb.LiteralMap(literals={"n": literal}).SerializeToString())
    words = [
        "--inputs", f"file://{folder}/inputs.pb", "--output-prefix", f"{folder}/out",
        "--raw-output-data-prefix", f"{folder}/raw", "--checkpoint-path", "", "--prev-checkpoint", "",
        "--resolver", "volant.sdk.resolver", "--", "task-module", "flow", "task-name", "double",
    ]  # fmt: skip
    program = [sys.executable, "-P", "-m", "volant.sdk.worker.execute_program", *words]
    return subprocess.run(program, cwd=folder, env={**os.environ, **environment}, check=False)


def document(folder: Path) -> pb.ContainerError:
    return pb.ErrorDocument.FromString((folder / "out" / "error.pb").read_bytes()).error


def test_outputs_are_left_as_a_file(tmp_path: Path) -> None:
    assert execute(tmp_path, 21).returncode == 0
    outputs = pb.LiteralMap.FromString((tmp_path / "out" / "outputs.pb").read_bytes())
    assert outputs.literals["o0"].scalar.primitive.integer == 42


@pytest.mark.parametrize(
    ("n", "said", "kind"),
    [
        (-1, "-1 is too small", pb.ContainerError.RECOVERABLE),
        (0, "nothing to double", pb.ContainerError.NON_RECOVERABLE),
    ],
)
def test_an_error_is_left_as_a_document_and_the_exit_status_is_0(tmp_path: Path, n: int, said: str, kind: int) -> None:
    assert execute(tmp_path, n).returncode == 0
    error = document(tmp_path)
    assert said in error.message
    assert (error.kind, error.origin) == (kind, pb.ExecutionError.USER)
    assert not (tmp_path / "out" / "outputs.pb").exists()


def test_the_exit_status_tells_of_an_error_where_that_is_asked_for(tmp_path: Path) -> None:
    assert execute(tmp_path, -1, FLYTE_FAIL_ON_ERROR="true").returncode == 1
    assert document(tmp_path).code == "ValueError"
