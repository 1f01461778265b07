"""What authors raise, what they are handed, and how their mistakes are told."""

from dataclasses import dataclass

from volant.base.errors import UserError


class RecoverableError(Exception):
    """Raise it in a task to say: trying again may help.

    Every other exception but `NonRecoverableError` means the same; this one says it to the reader.
    """


class NonRecoverableError(Exception):
    """Raise it in a task to say: trying again cannot help. `retries` does not count then."""


@dataclass(frozen=True)
class WorkflowError:
    """What an `on_failure` task gets as `err`.

    Attributes:
        message: What went wrong, as the run's error says it.
        failed_node_id: The node it went wrong in.

    Source: flytekit `FlyteError` (types/error).
    """

    message: str
    failed_node_id: str


class AuthoringError(UserError):
    """A task or workflow is written in a way that cannot run.

    Attributes:
        place: "file:line" of the author's code, or "".
    """

    def __init__(self, message: str, *, fix: str = "", place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message, fix=fix)
        self.place = place


class ConversionError(UserError):
    """A value does not fit its type.

    Attributes:
        problem: What is wrong, without the path.
        path: Where inside the value, e.g. `[3].name`; "" for the value itself.
    """

    def __init__(self, problem: str, *, fix: str = "", path: str = "") -> None:
        super().__init__(f"at {path}: {problem}" if path else problem, fix=fix)
        self.problem = problem
        self.path = path

    def within(self, step: str) -> "ConversionError":
        """The same, seen from the value that holds this one under `step`, e.g. `[3]` or `.name`."""
        return ConversionError(self.problem, fix=self.fix, path=step + self.path)
