"""A user's file, loaded by a zygote: neither this process nor the engine imports it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from volant.base.errors import UserError
from volant.base.ids import Digest
from volant.compiler.compile import compile_workflow
from volant.compiler.problems import CompileError
from volant.compiler.runnable import check_runnable
from volant.contracts.worker_wire import Checked, Described, Loaded
from volant.idl import pb
from volant.kit.code_bundle import Manifest, write_bundle
from volant.launchers.zygote_client import ZygoteClient, start_zygote


class Source(NamedTuple):
    """How a file is imported.

    Attributes:
        file: Absolute path.
        root: Folder that goes first on the module path.
        module: Dotted name it has there.
        kind: "file", or "pickle" for a cloudpickle of a dict from name to entity.
        named: The file as the user named it; "" for a pickle.
        fallback: Folder searched after everything else; "" for none.
    """

    file: Path
    root: Path
    module: str
    kind: str = "file"
    named: str = ""
    fallback: str = ""


def locate(named: str) -> Source:
    """How a Python file is imported: below the nearest folder that is no package.

    Raises:
        UserError: There is no such file, or it has no module name.
    """
    file = Path(named).absolute()
    if not file.is_file():
        raise UserError(f"there is no file {named!r}", fix="check the path; it is relative to the current folder")
    if file.suffix != ".py":
        raise UserError(f"{named!r} is no Python file", fix="name a file that ends in .py")
    root, parts = file.parent, [file.stem]
    while (root / "__init__.py").is_file() and root != root.parent:
        parts.insert(0, root.name)
        root = root.parent
    if "." in file.stem:
        raise UserError(f"{named!r} cannot be imported: its name has a dot in it", fix="rename it")
    return Source(file, root, ".".join(parts), named=named)


class Code:
    """A loaded file. A context manager: leaving it lets the zygote end.

    Attributes:
        source: How it was imported.
        loaded: What the zygote found in it.
    """

    def __init__(self, home: str, source: Source) -> None:
        """Load it in a zygote of its own. Mistakes of its authors are told by `describe` and `check`.

        Raises:
            RefusedError: It cannot be imported; says why, with the user's traceback.
            SystemFault: No zygote can be made.
        """
        self.source = source
        self._home = home
        self._client: ZygoteClient = start_zygote(home)
        self._is_kept = False
        try:
            self.loaded: Loaded = self._client.load(
                str(source.file), str(source.root), source.module, fallback=source.fallback, kind=source.kind
            )
        except BaseException:
            self._client.end()
            raise

    def describe(self, entity: str, project: str, domain: str) -> Described:
        """One entity on the wire; "" where the file has only one workflow. Ids get the project and domain.

        Raises:
            RefusedError: There is no such entity, or it cannot be translated.
        """
        return self._client.describe(entity, project, domain)

    def check(self, project: str, domain: str) -> Checked:
        """Every entity of the file on the wire as far as it goes, and every mistake of its authors."""
        return self._client.check(project, domain)

    def convert(self, entity: str, texts: Mapping[str, str], values: bytes) -> bytes:
        """A serialized LiteralMap of an entity's inputs, defaults filled in.

        Raises:
            RefusedError: A value does not fit; every one that does not.
        """
        return self._client.convert(entity, texts, values, str(Path.cwd()))

    def keep(self) -> Digest:
        """Write its bundle, and let the zygote serve it; its digest.

        Raises:
            StoreFault: It cannot be written.
        """
        source = self.source
        manifest = Manifest(
            module=source.module,
            file=str(source.file.relative_to(source.root)),
            python=sys.executable,
            show_as="" if source.kind == "pickle" else str(source.root),
            fallback=source.fallback or str(source.root),
            cwd=str(Path.cwd()),
            kind=source.kind,
        )
        digest = write_bundle(self._home, self.loaded.sources, manifest)
        if not self._is_kept:
            self._client.adopt_as(digest)
            self._is_kept = True
        return digest

    def leave(self) -> None:
        """Let go of the zygote, and let it go on for the engine that will need it."""
        self._client.close()

    def end(self) -> None:
        """Let the zygote end as soon as nobody needs it."""
        self._client.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def compiled(described: Described) -> pb.CompiledWorkflowClosure:
    """The closure of what was described.

    Raises:
        CompileError: Everything that is wrong with it, each with its line.
        UnsupportedWorkflowError: Nothing is wrong, but Volant cannot run it.
    """
    try:
        closure = compile_workflow(
            pb.WorkflowTemplate.FromString(described.workflow),
            [pb.WorkflowTemplate.FromString(each) for each in described.sub_workflows],
            [pb.TaskTemplate.FromString(each) for each in described.tasks],
            [pb.LaunchPlan.FromString(each) for each in described.launch_plans],
        )
        check_runnable(closure)
    except CompileError as error:
        raise error.located(described.places) from None
    return closure
