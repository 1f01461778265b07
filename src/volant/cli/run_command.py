"""`volant run`: load a file, submit its workflow, see it through."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from volant.app.launch_options import launch_options
from volant.app.serving import is_served
from volant.app.site import Site
from volant.app.source import Code, compiled, locate
from volant.app.submit import submit
from volant.base.errors import AlreadyExistsError, UserError
from volant.base.ids import RunId, random_run_name, run_id, run_name
from volant.cli import errors
from volant.cli.following import finish, follow
from volant.cli.inputs import EntityCommand, file_values, given_texts, input_options, spellings
from volant.cli.options import open_site
from volant.cli.patience import patience
from volant.cli.run_options import run_options
from volant.cli.tree import show_run
from volant.contracts.rows import RunRow, RunSpec
from volant.contracts.worker_wire import Described
from volant.idl.literals import wire

EPILOGUE = """\b
Examples:
  volant run flights.py report --month 3 --carriers '["UA", "AA"]'
  volant run flights.py report --help          the inputs, their types and defaults
  volant run flights.py report --inputs-file inputs.yaml --month 4
  volant run --name nightly --label team=data flights.py report
  volant run --plugin sensor.py arrival.py arrival

ENTITY may be left out where the file has only one workflow.
Options of `run` may also stand behind ENTITY, unless an input has that name.
"""


@click.command(
    "run",
    params=run_options(),
    epilog=EPILOGUE,
    options_metavar="[OPTIONS]",
    context_settings={"allow_interspersed_args": False},
)
@click.argument("file", metavar="FILE", type=click.Path())
@click.argument("rest", nargs=-1, type=click.UNPROCESSED, metavar="[ENTITY] [INPUTS]…")
@click.pass_context
def command(ctx: click.Context, /, file: str, rest: tuple[str, ...], **first: Any) -> None:
    """Run a workflow, a task or a launch plan of a Python file.

    The file is imported once, in a process of its own. Then its tasks run, each in a worker process, and
    everything that happens is on record: the run can be watched, resumed, debugged later.
    """
    entity, words = (rest[0], rest[1:]) if rest and not rest[0].startswith("-") else ("", rest)
    call = _Call(file, entity, words, first)
    ctx.exit(call.run_at(first["home"] or _home_in(words)))


def _home_in(words: Sequence[str]) -> str | None:
    """`--home` behind ENTITY: the one run option that is needed before the interface is known."""
    for place, word in enumerate(words):
        if word.startswith("--home="):
            return word.partition("=")[2]
        if word == "--home" and place + 1 < len(words):
            return words[place + 1]
    return None


class _Call(NamedTuple):
    """One call of the command.

    Attributes:
        file: As named.
        entity: As named; "" for the only workflow.
        words: Behind it: inputs, and run options.
        first: Run options before FILE.
    """

    file: str
    entity: str
    words: Sequence[str]
    first: Mapping[str, Any]

    def run_at(self, home: str | None) -> int:
        """Do it in that data folder; the exit code."""
        source = locate(self.file)
        with open_site(home=home) as site:
            with patience(f"importing {self.file}"):
                code = Code(site.settings.home, source)
            with code:
                if self._wants_list(code):
                    return _list_entities(self.file, code)
                described = code.describe(self.entity, site.settings.project, site.settings.domain)
                if not (home != self.first["home"] and "home" in described.python_types):
                    return self._run(site, code, described)
        # What looked like the option --home is an input of that name.
        return self.run_at(self.first["home"])

    def _wants_list(self, code: Code) -> bool:
        workflows = [kind for _, kind in code.loaded.entities if kind == "workflow"]
        return not self.entity and bool({"--help", "-h"} & set(self.words)) and len(workflows) != 1

    def _run(self, site: Site, code: Code, described: Described) -> int:
        params = self._parsed(described)
        site.plugins = params["plugins"]
        try:
            row = _submitted(site, code, described, params)
        except AlreadyExistsError as error:
            return _taken(site, params, error)
        if params["detach"]:
            code.leave()
            click.echo(run_name(row.run))
            return errors.OK
        row = follow(site, row.run, quiet=params["quiet"], as_json=params["as_json"])
        return finish(site, row, as_json=params["as_json"])

    def _parsed(self, described: Described) -> dict[str, Any]:
        """Run options and inputs; those behind ENTITY win. `--help` ends the program."""
        taken = {spelling for name in described.python_types for spelling in spellings(name)}
        options = [option for option in run_options() if not taken.intersection(option.opts)]
        inner = EntityCommand(
            f"volant run {self.file} {described.entity}",
            params=[*input_options(described), *options],
            help=described.docs or f"Run {described.name}.",
            options_metavar="[INPUTS] [RUN OPTIONS]",
            context_settings={"help_option_names": ["--help"] if "-h" in taken else ["-h", "--help"]},
        )
        with inner.make_context(inner.name, list(self.words)) as made:
            given = {key: value for key, value in made.params.items() if _is_given(made, key)}
        return {**self.first, **given}


def _is_given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _list_entities(file: str, code: Code) -> int:
    click.echo(f"{file} has:")
    for name, kind in code.loaded.entities:
        click.echo(f"  {name:<24} {kind}")
    click.echo(f"\nSee the inputs of one: volant run {file} NAME --help")
    return errors.OK


def _submitted(site: Site, code: Code, described: Described, params: Mapping[str, Any]) -> RunRow:
    if params["detach"] and not is_served(site):
        raise UserError(
            f"no engine is alive in {site.home} that could run it",
            fix="start one with `volant engine`, or leave out --detach",
        )
    with patience("preparing the run"):
        run = _run_id(site, params)
        inputs = code.convert(described.entity, given_texts(params), file_values(params["inputs_file"]))
        project, domain, _ = run.split(":")
        if (project, domain) != (site.settings.project, site.settings.domain):
            described = code.describe(described.entity, project, domain)
        plan = wire(compiled(described))
    return submit(site, run, plan, code.keep(), inputs, _spec(site, code, described, params))


def _run_id(site: Site, params: Mapping[str, Any]) -> RunId:
    settings = site.settings
    name = params["name"] or random_run_name()
    return run_id(params["project"] or settings.project, params["domain"] or settings.domain, name)


def _spec(site: Site, code: Code, described: Described, params: Mapping[str, Any]) -> RunSpec:
    limit, asked = params["max_parallelism"], launch_options(described)
    return RunSpec(
        entity=described.name,
        source=code.source.named,
        max_parallelism=asked.max_parallelism or site.settings.max_parallelism if limit is None else limit,
        interruptible=params["interruptible"],
        overwrite_cache=params["overwrite_cache"],
        environment=params["env"],
        labels={**asked.labels, **params["label"]},
        raw_prefix=asked.raw_prefix,
    )


def _taken(site: Site, params: Mapping[str, Any], error: AlreadyExistsError) -> int:
    """The name is taken: show the run that has it."""
    show_run(site, site.store.get_run(_run_id(site, params)))
    errors.say_error(str(error), "choose another --name, or leave it out")
    return errors.USAGE
