"""What `volant plan` tells: what a run of an entity would do here and now."""

from collections.abc import Mapping
from functools import partial

from msgspec import Struct

from volant.app.difference import Since, since_last_run
from volant.app.outlook import Cache, NodeOutlook, node_outlooks, types_of
from volant.app.plugins import usable_plugins
from volant.app.requirements import Missing, missing
from volant.app.secret_source import LocalSecrets
from volant.app.site import Site
from volant.app.source import Code, compiled
from volant.compiler.build import load_plan
from volant.compiler.inputs import check_inputs
from volant.compiler.problems import Problem
from volant.compiler.runnable import notes
from volant.contracts.plugin import PluginProperties
from volant.contracts.rows import CacheRow
from volant.contracts.worker_wire import Described
from volant.engine.plugin_table import PluginTable
from volant.idl.cache_key import CacheKey
from volant.idl.literals import parse_literal_map, wire


class RunPlan(Struct, frozen=True, kw_only=True):
    """What would happen.

    Attributes:
        entity: The Flyte name of what would run.
        inputs: Types by name.
        outputs: Types by name.
        nodes: In the order of their calls, those with a name of their own last.
        missing: What it needs and does not find.
        notes: What is accepted but not used here.
        since: What changed since the last run; None where it never ran.
    """

    entity: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    nodes: tuple[NodeOutlook, ...]
    missing: tuple[Missing, ...]
    notes: tuple[Problem, ...]
    since: Since | None


def run_plan(site: Site, code: Code, described: Described, inputs: bytes | None) -> RunPlan:
    """What a run would do.

    Args:
        site: Where it would run.
        code: The loaded file.
        described: The entity.
        inputs: A serialized LiteralMap with defaults filled in; None where they are not all known.

    Raises:
        CompileError: Something is wrong with it.
        InputsError: The inputs do not fit.
        UserError: The plugins installed here cannot go together.
    """
    closure = compiled(described)
    plan = load_plan(wire(closure))
    interface = plan.graphs[plan.root].interface
    given = check_inputs(interface, parse_literal_map(inputs)) if inputs is not None else None
    plugins = PluginTable(usable_plugins(site).entries())
    tasks = [each.template for each in plan.tasks.values()]
    return RunPlan(
        entity=described.name,
        inputs=types_of(interface.inputs),
        outputs=types_of(interface.outputs),
        nodes=node_outlooks(plan, given, _cache(site, plugins)),
        missing=missing(tasks, plugins, LocalSecrets()),
        notes=notes(closure),
        since=since_last_run(site, described.name, closure, code.loaded.sources, given),
    )


def _cache(site: Site, plugins: PluginTable) -> Cache:
    return Cache(partial(_properties, plugins), partial(_entry, site), lambda row: site.values(row.run, row.outputs))


def _properties(plugins: PluginTable, task_type: str) -> PluginProperties | None:
    entry = plugins.find(task_type)
    return entry.properties if entry else None


def _entry(site: Site, key: CacheKey) -> CacheRow | None:
    """As the engine looks: an entry whose blob is gone is no entry."""
    row = site.store.cached(key.text)
    is_gone = row is not None and row.outputs.uri and site.blobs.size(row.outputs.uri) is None
    return None if is_gone else row
