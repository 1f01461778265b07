"""What an author says about a task apart from its docstring. Source: flytekit models/documentation.py."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """A long text.

    Attributes:
        value: The text.
    """

    value: str = ""


@dataclass(frozen=True)
class SourceCode:
    """Where the code is.

    Attributes:
        link: A URL.
    """

    link: str = ""


@dataclass(frozen=True)
class Documentation:
    """About a task. What its docstring says goes first.

    Attributes:
        short_description: One line.
        long_description: All of it.
        source_code: Where the code is.
    """

    short_description: str = ""
    long_description: Description | None = None
    source_code: SourceCode | None = None
