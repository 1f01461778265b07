"""Makes runs: a new one, or one that reuses what an earlier one achieved."""

from msgspec.structs import replace

from volant.app.requirements import check_plugins
from volant.app.site import Site
from volant.base.errors import UserError
from volant.base.ids import RunId, random_run_name, run_id
from volant.compiler.build import load_plan, plan_digest
from volant.compiler.inputs import check_inputs
from volant.contracts.layout import run_prefix
from volant.contracts.rows import MAX_INLINE_BYTES, RunRow, RunSpec, ValueRef
from volant.idl.literals import parse_literal_map, wire


def submit(site: Site, run: RunId, plan: bytes, code: str, inputs: bytes, spec: RunSpec) -> RunRow:
    """Store a new run without an owner: an engine may claim it.

    Args:
        site: Where.
        run: Its identity.
        plan: A serialized closure.
        code: Digest of its source bundle; "" for none.
        inputs: A serialized LiteralMap.
        spec: What was asked for.

    Raises:
        InputsError: The inputs do not fit; nothing was stored.
        UserError: Plugins dispute a task's type, or a living engine lacks what `--plugin` names; likewise.
        AlreadyExistsError: The name is taken; the existing run stays as it was.
        StoreFault: It cannot be written.
    """
    loaded = load_plan(plan)
    checked = wire(check_inputs(loaded.graphs[loaded.root].interface, parse_literal_map(inputs)))
    check_plugins(site, loaded)
    row = RunRow(
        run=run,
        plan=plan_digest(plan),
        code=code,
        spec=spec,
        inputs=_kept(site, run, checked),
        created_us=site.clock.now_us(),
    )
    site.store.create_run(row, plan)
    return row


def recover(site: Site, old: RunRow, name: str = "") -> RunRow:
    """A new run of the same code, plan and inputs that reuses what succeeded in `old`; without an owner.

    Raises:
        UserError: `old` is not over; or as `submit`.
        AlreadyExistsError: The name is taken.
        StoreFault: It cannot be written.
    """
    project, domain, old_name = old.run.split(":")
    if not old.phase.is_terminal:
        raise UserError(f"run {old_name} is not over", fix=f"go on with it: volant resume {old_name}")
    check_plugins(site, load_plan(site.store.plan(old.plan)))
    run = run_id(project, domain, name or random_run_name())
    row = RunRow(
        run=run,
        plan=old.plan,
        code=old.code,
        spec=replace(old.spec, recovered_from=old.run),
        inputs=_kept(site, run, site.wire(old.run, old.inputs)),
        created_us=site.clock.now_us(),
    )
    site.store.create_run(row, site.store.plan(old.plan))
    return row


def _kept(site: Site, run: RunId, data: bytes) -> ValueRef:
    if len(data) <= MAX_INLINE_BYTES:
        return ValueRef(data=data)
    # A name that is taken must not lose its inputs to one that asks for it in vain.
    uri = f"{run_prefix(site.blobs.root, run)}/inputs-{plan_digest(data)[:16]}.pb"
    site.blobs.write(uri, data)
    return ValueRef(uri=uri)
