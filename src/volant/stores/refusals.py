"""What every store raises where there is nothing of that name, or too much."""

from volant.base.errors import NotFoundError, UserError


def no_run(run: str) -> NotFoundError:
    """There is no such run."""
    return NotFoundError(f"there is no run {run!r}", fix="`volant get runs` lists them")


def no_action(run: str, name: str) -> NotFoundError:
    """There is no such action."""
    return NotFoundError(f"run {run!r} has no node {name!r}", fix="`volant show` lists a run's nodes")


def no_blob(uri: str) -> NotFoundError:
    """There is no such file."""
    return NotFoundError(f"there is no file {uri}", fix="check the name; it may have been pruned")


def too_large(uri: str, size: int, limit: int) -> UserError:
    """A file has more bytes than its reader takes."""
    return UserError(
        f"{uri} has {size:,} bytes, more than the {limit:,} allowed here",
        fix="pass large data as a file, folder or frame instead of a plain value",
    )
