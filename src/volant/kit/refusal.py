"""How a plugin says that a task, as it was written, can never run."""

from typing import Any

from volant.base.errors import UserError, user_failure
from volant.contracts.status import TaskStatus

BAD_TASK = "BadTaskSpecification"
"""Source: flyteplugins `pluginmachinery/core/errors` `BadTaskSpecificationErrorCode`."""


def refused(problem: UserError) -> TaskStatus[Any]:
    """A permanent failure of code `BAD_TASK` that keeps what the problem says to do."""
    return TaskStatus.failed(user_failure(BAD_TASK, str(problem), fix=problem.fix), retryable=False)
