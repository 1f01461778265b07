"""Commands with placeholders: `{{ .Name }}` or `{{ $Name }}`, in any case, spaces allowed. Pure.

Known are input, inputPrefix, outputPrefix, rawOutputDataPrefix, checkpointOutputPrefix, prevCheckpointPrefix,
perRetryUniqueKey, taskTemplatePath, namespace and inputs.<name>; everything else stays as it is.
Source: flyteplugins `pluginmachinery/core/template/template.go` `Render`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from volant.base.errors import UserError
from volant.idl import pb
from volant.kit.literal_text import literal_text

_PLACEHOLDER = re.compile(r"\{\{\s*[.$]([a-z]+)(?:\.([^}\s]+))?\s*\}\}", re.IGNORECASE)
_NOT_FIRST = re.compile(r"^[^a-zA-Z_]+")
_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9_]+")
_NO_CHECKPOINT = '""'


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateValues:
    """What the placeholders stand for.

    Attributes:
        input: Where the node's inputs.pb is.
        output_prefix: Folder of the attempt.
        raw_output_prefix: Folder of the attempt's raw data.
        checkpoint: Where this attempt may leave a checkpoint.
        previous_checkpoint: Where the one before left one; "" is rendered as two quote characters.
        generated_name: The attempt's; perRetryUniqueKey is made from it.
        task_template: Where task.pb is.
        namespace: "<project>-<domain>".
        inputs: The node's inputs by name.
    """

    input: str
    output_prefix: str
    raw_output_prefix: str
    checkpoint: str
    previous_checkpoint: str
    generated_name: str
    task_template: str
    namespace: str
    inputs: Mapping[str, pb.Literal]


def render(words: Sequence[str], values: TemplateValues) -> tuple[str, ...]:
    """The words with every known placeholder replaced; what is put in is not looked at again.

    Raises:
        UserError: An input that does not exist, or that has no text; all of them at once.
    """
    plain = _plain_values(values)
    problems: list[UserError] = []

    def replacement(found: re.Match[str]) -> str:
        name, variable = found[1].lower(), found[2]
        if variable is None:
            return plain.get(name, found[0])
        if name != "inputs":
            return found[0]
        try:
            return _input_text(variable, values.inputs)
        except UserError as problem:
            problems.append(problem)
            return ""

    rendered = tuple(_PLACEHOLDER.sub(replacement, word) for word in words)
    if problems:
        raise UserError("; ".join(map(str, problems)), fix=problems[0].fix)
    return rendered


def uses_task_template(words: Iterable[str]) -> bool:
    """Whether task.pb must be written before the command runs."""
    return any(
        found[1].lower() == "tasktemplatepath" and found[2] is None
        for word in words
        for found in _PLACEHOLDER.finditer(word)
    )


def per_retry_unique_key(generated_name: str) -> str:
    """A name as an identifier for databases: a letter or "_" first, then only letters, digits and "_"."""
    return _NOT_ALLOWED.sub("_", _NOT_FIRST.sub("a", generated_name))


def _plain_values(values: TemplateValues) -> dict[str, str]:
    return {
        "input": values.input,
        "inputprefix": values.input.rpartition("/")[0],
        "outputprefix": values.output_prefix,
        "rawoutputdataprefix": values.raw_output_prefix,
        "checkpointoutputprefix": values.checkpoint,
        "prevcheckpointprefix": values.previous_checkpoint or _NO_CHECKPOINT,
        "perretryuniquekey": per_retry_unique_key(values.generated_name),
        "tasktemplatepath": values.task_template,
        "namespace": values.namespace,
    }


def _input_text(name: str, inputs: Mapping[str, pb.Literal]) -> str:
    if name not in inputs:
        known = ", ".join(sorted(inputs)) or "none"
        raise UserError(
            f"the command asks for input {name!r}, which the task does not have (it has: {known})",
            fix="correct the placeholder, or declare the input",
        )
    try:
        return literal_text(inputs[name])
    except UserError as problem:
        raise UserError(f"the command asks for input {name!r}: {problem}", fix=problem.fix) from problem
