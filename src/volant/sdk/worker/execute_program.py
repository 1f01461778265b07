"""`volant-execute`: one attempt as a program of its own; files in, files out.

Its words are those of flytekit's `pyflyte-execute`. It ends with status 0 also when it left `error.pb`; with
FLYTE_FAIL_ON_ERROR=true then with 1. Source: engine spec 6.2.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from volant.base.errors import Failure, FaultKind
from volant.contracts import worker_wire as wire
from volant.idl import pb
from volant.kit import durable
from volant.kit.local_uri import local_path
from volant.sdk.worker import loading
from volant.sdk.worker.jobs import perform

_OUTPUT_LIMIT = 1 << 30
"""Whoever reads the outputs has a limit of its own, and knows it."""

_ORIGINS = {
    FaultKind.USER: pb.ExecutionError.USER,
    FaultKind.SYSTEM: pb.ExecutionError.SYSTEM,
    FaultKind.UNKNOWN: pb.ExecutionError.UNKNOWN,
}


def main(words: Sequence[str] | None = None) -> None:
    """The program; `words` are its arguments, by default the process's."""
    options = _parser().parse_args(words)
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a module path is text
    folder = local_path(options.output_prefix)
    result = perform(_job(options, folder), loading.NOTHING)
    if result.error is None:
        durable.write_file(Path(folder, "outputs.pb"), result.outputs or b"")
        return
    durable.write_file(Path(folder, "error.pb"), _document(result.error, retryable=result.retryable))
    if os.environ.get("FLYTE_FAIL_ON_ERROR") == "true":
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="volant-execute", description="Run one attempt of a task.")
    parser.add_argument("--inputs", required=True, help="where inputs.pb is")
    parser.add_argument("--output-prefix", required=True, help="folder for outputs.pb or error.pb")
    parser.add_argument("--raw-output-data-prefix", required=True, help="where raw data go")
    parser.add_argument("--checkpoint-path", default="", help="where this attempt may leave a checkpoint")
    parser.add_argument("--prev-checkpoint", default="", help="where the attempt before left one")
    parser.add_argument("--resolver", default="", help="module and name of who understands the words")
    parser.add_argument("loader", nargs="+", help='behind "--": task-module MODULE task-name NAME')
    return parser


def _job(options: argparse.Namespace, folder: str) -> wire.Run:
    return wire.Run(
        name=Path(folder).name,
        loader=tuple(options.loader),
        inputs=Path(local_path(options.inputs)).read_bytes(),
        output_prefix=folder,
        raw_output_prefix=options.raw_output_data_prefix,
        checkpoint=options.checkpoint_path,
        previous_checkpoint=options.prev_checkpoint,
        environment={},
        log="",
        log_limit=0,
        output_limit=_OUTPUT_LIMIT,
        resolver=options.resolver,
    )


def _document(error: Failure, *, retryable: bool) -> bytes:
    kind = pb.ContainerError.RECOVERABLE if retryable else pb.ContainerError.NON_RECOVERABLE
    text = f"{error.message}\n\n{error.trace}" if error.trace else error.message
    found = pb.ContainerError(code=error.code, message=text, kind=kind, origin=_ORIGINS[error.kind])
    found.timestamp.FromNanoseconds(time.time_ns())
    data: bytes = pb.ErrorDocument(error=found).SerializeToString()
    return data


if __name__ == "__main__":
    main()
