"""What the engine's launcher, a zygote and a worker say to each other.

A frame is four bytes of length (big-endian) and a msgpack array whose first element is the frame's tag.
The *zygote* imports a user's file once, answers with interfaces and templates, forks workers and reaps them.
A *worker* listens on a socket of its own; a launcher dials it. A worker keeps each result until it is told
that it is committed (`Run.committed` of the next frame, or `Committed`); when the connection breaks it writes
what is unacknowledged, fsynced, into the attempt's folder.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec import Struct

from volant.base.errors import Failure

VERSION = 1
MAX_FRAME_BYTES = 1 << 30
_LENGTH = struct.Struct(">I")

RESULT_FILE = "result.msgpack"
"""An unacknowledged `Result` as a frame's body, left in the attempt's folder by a worker whose engine is gone."""

EXIT_FILE = "exit.json"
"""`Exited` as JSON, left beside it by whoever reaped a process that died in the middle of a job."""


class Frame(Struct, frozen=True, array_like=True, tag=True):
    """Root of all frames."""


class Problem(Struct, frozen=True, array_like=True):
    """One thing wrong with what the user wrote.

    Attributes:
        message: What, with place and value.
        fix: What to do.
        trace: The user's traceback, without our frames; "" for none.
        usage: Whether it is the command's words that are wrong, not the file.
        place: "file:line" of what is wrong, or ""; `message` begins with it where it is known.
        entity: Name of the task or workflow it is about; "" for the file.
    """

    message: str
    fix: str = ""
    trace: str = ""
    usage: bool = False
    place: str = ""
    entity: str = ""


# launcher or client -> zygote


class Load(Frame, frozen=True, tag=True):
    """Import this file. The first frame a zygote gets; answered by `Loaded` or `Refused`.

    Attributes:
        file: Absolute path of the user's file, or of a pickle (`kind`).
        root: Folder that goes first on the module path.
        module: Dotted name to import it under.
        fallback: Folder searched after everything else, for modules a bundle lacks; "" for none.
        show_as: Prefix under which to show paths below `root`, where a bundle stands for it; "" for itself.
        kind: "file" or "pickle".
    """

    file: str
    root: str
    module: str
    fallback: str = ""
    show_as: str = ""
    kind: str = "file"


class Describe(Frame, frozen=True, tag=True):
    """Translate one entity; answered by `Described` or `Refused`.

    Attributes:
        entity: Its name; "" where the file has only one workflow.
        project: Of every id in the translation.
        domain: Likewise.
    """

    entity: str
    project: str
    domain: str


class Check(Frame, frozen=True, tag=True):
    """Translate every entity of the file; answered by `Checked`.

    Attributes:
        project: Of every id in the translations.
        domain: Likewise.
    """

    project: str
    domain: str


class Convert(Frame, frozen=True, tag=True):
    """Make a LiteralMap of an entity's inputs; answered by `Converted` or `Refused`.

    Attributes:
        entity: As in `Described.entity`.
        texts: Inputs as typed on a command line.
        values: Inputs as parsed from JSON or YAML.
        base: Folder relative paths start from.
    """

    entity: str
    texts: Mapping[str, str]
    values: bytes
    base: str


class Spawn(Frame, frozen=True, tag=True):
    """Fork a worker; answered by `Spawned` or `Refused`.

    Attributes:
        run: Whose worker it will be.
        socket: Path it shall listen on.
        environment: Added to the zygote's.
        cgroup: Folder of a cgroup v2 to enter; "" for none.
        code: Digest of the bundle the zygote holds, told in `Census`; "" for the current folder.
        stage: Log file of the worker's own, on the disk the jobs' logs are on. A job's first bytes land there
            and it is renamed into the job's place, so that a silent job costs no file.
    """

    run: str
    socket: str
    environment: Mapping[str, str]
    cgroup: str = ""
    code: str = ""
    stage: str = ""


# zygote -> launcher or client


class Loaded(Frame, frozen=True, tag=True):
    """The file was imported.

    Attributes:
        pid: The zygote's.
        entities: Names of tasks and workflows found, in the file's order, with "task" or "workflow".
        sources: Bytes of every imported module below the root, by path relative to it.
        may_fork: Whether forking is safe; if not, a worker is a fresh interpreter.
        why_not: The reason, for people.
        problems: Mistakes of its authors that importing it found; entities are then told of as far as they go.
    """

    pid: int
    entities: tuple[tuple[str, str], ...]
    sources: Mapping[str, bytes]
    may_fork: bool
    why_not: str = ""
    problems: tuple[Problem, ...] = ()


class Described(Frame, frozen=True, tag=True):
    """One entity on the wire.

    Attributes:
        entity: Its name, e.g. "report".
        name: Its Flyte name, e.g. "flights.report".
        workflow: Serialized WorkflowTemplate; a task is wrapped in a workflow of one node.
        sub_workflows: Serialized WorkflowTemplates.
        tasks: Serialized TaskTemplates.
        defaults: Serialized LiteralMap of the inputs that have a default.
        python_types: Python types of the inputs, as people write them.
        docs: First paragraph of the docstring.
        input_docs: What the docstring says of each input.
        places: "file:line" of every node's call, by the workflow's `entity_key`, then by the node's id; "" is the
            workflow itself.
        launch_plan: Serialized LaunchPlan, where the entity is one; `workflow` is what it starts.
        launch_plans: Serialized LaunchPlans that nodes start, registered: their closures hold what they expect.
    """

    entity: str
    name: str
    workflow: bytes
    sub_workflows: tuple[bytes, ...]
    tasks: tuple[bytes, ...]
    defaults: bytes
    python_types: Mapping[str, str]
    docs: str = ""
    input_docs: Mapping[str, str] = {}
    places: Mapping[str, Mapping[str, str]] = {}
    launch_plan: bytes = b""
    launch_plans: tuple[bytes, ...] = ()


class Checked(Frame, frozen=True, tag=True):
    """Everything a file holds, as far as it can be translated, and everything its authors got wrong.

    Attributes:
        described: Entities that could be translated, in the file's order.
        problems: Every mistake, in the order found: those of importing the file, then each entity's.
    """

    described: tuple[Described, ...]
    problems: tuple[Problem, ...]


class Converted(Frame, frozen=True, tag=True):
    """A serialized LiteralMap, defaults filled in."""

    inputs: bytes


class Refused(Frame, frozen=True, tag=True):
    """It could not be done; every problem found."""

    problems: tuple[Problem, ...]


class Spawned(Frame, frozen=True, tag=True):
    """A worker was made; it listens when this arrives.

    Attributes:
        pid: Its process, leader of a session of its own.
        socket: As asked.
    """

    pid: int
    socket: str


class Exited(Frame, frozen=True, tag=True):
    """A worker ended. Sent to every engine that said `Hello`; written to `EXIT_FILE` of the job it had.

    Attributes:
        pid: The worker's.
        status: Exit status; negative for a signal.
        job: Name of the job it was at; "" for none.
        oom: Whether a memory limit ended it, as far as the zygote can tell.
        seen: Bytes it was seen to hold; 0 where nobody looked.
        limit: Bytes it was allowed; 0 for no limit.
    """

    pid: int
    status: int
    job: str = ""
    oom: bool = False
    seen: int = 0
    limit: int = 0


# launcher -> worker


class Hello(Frame, frozen=True, tag=True):
    """An engine is here: its first frame on a connection. A worker answers with `Census`, or with `Refused` where
    it has seen a newer epoch; a zygote answers nothing, and tells it of every `Exited` from now on.
    """

    epoch: int


class Run(Frame, frozen=True, tag=True):
    """Do this. One at a time.

    Attributes:
        name: The job.
        loader: The words behind "--" of the command: which task.
        inputs: Serialized LiteralMap.
        output_prefix: The attempt's folder.
        raw_output_prefix: URI for raw data.
        checkpoint: URI for this attempt's checkpoint.
        previous_checkpoint: URI of the one before, or "".
        environment: For this job alone; secrets are among it, so it is written nowhere.
        log: Its log file.
        log_limit: Bytes kept of it.
        output_limit: Bytes of outputs allowed.
        committed: Names of earlier jobs whose results are on record.
        memory_limit: Bytes the worker and its children may hold; 0 for no limit.
        resolver: Module and name of who understands `loader`; "" for the default.
    """

    name: str
    loader: tuple[str, ...]
    inputs: bytes
    output_prefix: str
    raw_output_prefix: str
    checkpoint: str
    previous_checkpoint: str
    environment: Mapping[str, str]
    log: str
    log_limit: int
    output_limit: int
    committed: tuple[str, ...] = ()
    memory_limit: int = 0
    resolver: str = ""


class Committed(Frame, frozen=True, tag=True):
    """These results are on record."""

    names: tuple[str, ...]


class Bye(Frame, frozen=True, tag=True):
    """End when idle. To a zygote: end as soon as nobody is connected and no worker lives."""


# worker -> launcher


class Result(Frame, frozen=True, tag=True):
    """A job is over.

    Attributes:
        name: The job.
        outputs: Serialized LiteralMap; None with an error.
        error: Why it failed.
        retryable: Whether another attempt may do better.
    """

    name: str
    outputs: bytes | None
    error: Failure | None = None
    retryable: bool = False


class Census(Frame, frozen=True, tag=True):
    """What a worker is at.

    Attributes:
        pid: Its process.
        run: Whose worker it is.
        running: The job it is at; "" for none.
        results: Not known to be committed.
        code: Digest of the bundle it runs; "" for the current folder.
        folder: The running job's `output_prefix`; "" for none.
    """

    pid: int
    run: str
    running: str
    results: tuple[Result, ...]
    code: str = ""
    folder: str = ""


AnyFrame: TypeAlias = (
    Load
    | Describe
    | Check
    | Convert
    | Spawn
    | Loaded
    | Described
    | Checked
    | Converted
    | Refused
    | Spawned
    | Exited
    | Hello
    | Run
    | Committed
    | Bye
    | Result
    | Census
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyFrame] = msgspec.msgpack.Decoder(AnyFrame)


def encode(frame: AnyFrame) -> bytes:
    """A frame with its length before it."""
    body = _encoder.encode(frame)
    return _LENGTH.pack(len(body)) + body


def decode(body: bytes) -> AnyFrame:
    """A frame from its body.

    Raises:
        msgspec.DecodeError: Not one of ours.
    """
    return _decoder.decode(body)


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[AnyFrame]:
        """The frames completed by `data`, in order.

        Raises:
            msgspec.DecodeError: The stream is not ours.
        """
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > MAX_FRAME_BYTES:
                raise msgspec.DecodeError(f"a frame of {length} bytes")
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            yield decode(bytes(self._buffer[start + _LENGTH.size : end]))
            start = end
        del self._buffer[:start]
