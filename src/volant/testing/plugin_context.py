"""What tests of plugins are given: a task's template, secrets that are not there."""

from collections.abc import Mapping

from volant.idl import pb


class NoSecrets:
    """A secret source that has none."""

    def find(self, group: str, key: str, version: str = "") -> str | None:
        """Nothing."""
        return None


def make_task(
    task_type: str,
    *,
    custom: pb.Struct | None = None,
    command: tuple[str, ...] = (),
    config: Mapping[str, str] | None = None,
) -> pb.TaskTemplate:
    """A task's template, with a container if a command is given."""
    task = pb.TaskTemplate(type=task_type, custom=custom, config=config)
    task.id.name = f"tests.{task_type}"
    if command:
        task.container.image = "tests:latest"
        task.container.args.extend(command)
    return task
