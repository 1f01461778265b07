"""Plant a fault in the engine, play seeds, and see that it is caught: `make mutate`.

Each fault is one line a tired person could have written. It is planted in a copy of the source; a fault that no
longer applies is an error, so the list cannot rot.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SEEDS = 1500


class Fault(NamedTuple):
    """What is done wrong, where, and how."""

    what: str
    file: str
    right: str
    wrong: str


FAULTS = [
    Fault("a node does not wait for all above it", "drivers/dag.py", "if self._waits[below] == 0 and", "if"),
    Fault("a failure does not doom what is below", "drivers/dag.py", "if not phase.is_success:", "if False:"),
    Fault("after a restart nothing is ready", "drivers/dag.py", "ready = [node for node in free if", "ready = [node for node in [] if"),
    Fault("the user's budget is not counted", "machine/retries.py", "attempt + 1 - system_failures, max_attempts", "0, max_attempts"),
    Fault("the system's budget is not counted", "machine/retries.py", "current, allowed = system_failures, MAX", "current, allowed = 0, MAX"),
    Fault("a permanent failure is retried", "machine/retries.py", "if not retryable:", "if False:"),
    Fault("finalize is forgotten", "attempt_ends.py", "finalize_due=live.entry.finalizes and live.touched", "finalize_due=False"),
    Fault("a kill is forgotten after a restart", "attempt_calls.py", 'elif live.row.kill_due:\n        env.call(run, live, "kill")', "elif live.row.kill_due:\n        pass"),
    Fault("the plugin is not asked to kill", "attempts.py", "if not live.touched and live.call is None:", "if True:"),
    Fault("custom state is not kept", "machine/statuses.py", "after = take_state(row, state, version) if", "after = row if"),
    Fault("state of a killed start is lost", "attempt_answers.py", "keep_state(live, state)  # the kill", "pass  # the kill"),
    Fault("active leaves are not counted down", "attempt_ends.py", "    run.active -= 1\n    run.put_action(action)\n    effects", "    run.put_action(action)\n    effects"),
    Fault("admission ignores max_parallelism", "run_state.py", "return limit == 0 or self.active < limit", "return True"),
    Fault("active leaves are forgotten after a restart", "loading.py", 'run.active += child.kind == "task"', "pass"),
    Fault("a run ends before everything is finalized", "scopes.py", "if run.ended is None or run.lives or", "if run.ended is None or"),
    Fault("start happens before the attempt is durable", "attempt_calls.py", "return look_when_saved(run, live)", "look(env, run, live)\n    return ()"),
    Fault("the failure node's error is lost", "scopes.py", "ActionPhase.FAILED, error or row.pending)", "ActionPhase.FAILED, None)"),
    Fault("live children are not aborted", "scopes.py", "    for name in sorted(scope.live, key=lambda", "    for name in sorted(set(), key=lambda"),
    Fault("an abort is not consumed", "scopes.py", '[run.row, root], [event], consume=("abort",)', "[], [event]"),
    Fault("a stage is not resumed after a restart", "loading.py", "lambda: scopes.unwind_children(env, run, scope, reason)", "lambda: None"),
    Fault("a timeout spends nothing", "attempt_ends.py", "_judge(env, run, live, row, failure, retryable=True)\n        return", "_judge(env, run, live, row, failure, retryable=False)\n        return None and row"),
    Fault("recovered results are not held", "enqueue.py", "if source != run.id:", "if False:"),
    Fault("outputs are not kept for those below", "scopes.py", "scope.outputs[row.spec_node_id] = row.outputs", "pass"),
    Fault("events are numbered from a stale number", "loading.py", "RunState(snapshot.run, plan, snapshot.seq)", "RunState(snapshot.run, plan, 0)"),
    Fault("a raise ends the attempt at once", "attempt_answers.py", "live.raises >= env.options.max_raises and", "True and"),
    Fault("outputs are not checked", "attempt_answers.py", "if problem is not None:", "if False:"),
    Fault("tokens are not let go", "quotas.py", "return (self._name,) if self.pools else ()", "return ()"),
    Fault("tokens are let go before finalize", "attempt_ends.py", "        effects += look_when_saved(run, live)\n    else", "        effects += look_when_saved(run, live)\n        tokens = live.quotas.let_go()\n    else"),
    Fault("after a restart nobody knows who holds tokens", "loading.py", "live.quotas.pools = asked[live.row.generated_name]", "pass"),
    Fault("more is granted than the pool has", "../stores/tokens.py", "held + head.amount <= limits.total", "held <= limits.total"),
    Fault("more is granted than a project may have", "../stores/tokens.py", "head.held + head.amount > limits.per_project", "head.held > limits.per_project"),
    Fault("what is let go is not given to the next", "../stores/memory.py", "                pool.grant(change.at_us)", "                pass"),
    Fault("who is granted is not woken", "quotas.py", "                    woken.append(_key(row))", "                    pass"),
    Fault("a grant during the call that asks is forgotten", "attempt_calls.py", "live.woken = live.woken and not live.is_free", "live.woken = False"),
    Fault("who asks stands in line too late", "quotas.py", "        self._lines[wanted.pool][_key(wanted)] = None", "        pass"),
    Fault("after a restart nobody asks who was granted", "loading.py", "live.woken = bool(live.quotas.pools)", "pass"),
    Fault("a woken start that raised is not repeated", "propeller.py", "attempt_calls.wake(self.env, run, live)  # a start", "attempt_calls.look(self.env, run, live)  # a start"),
    Fault("a run to be aborted is started once more", "attempt_calls.py", "if run.aborting is None or row.kill_due or row.phase.is_terminal:", "if True:"),
    Fault("tokens go to runs that no engine has", "../stores/memory_tokens.py", "if not self._is_owned(row.run):", "if False:"),
]  # fmt: skip


def main() -> int:
    missed = [fault.what for number, fault in enumerate(FAULTS, 1) if not _caught(number, fault)]
    print(f"{len(FAULTS) - len(missed)} of {len(FAULTS)} planted faults caught")
    for what in missed:
        print(f"  slipped through: {what}")
    return 1 if missed else 0


def _caught(number: int, fault: Fault) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        _plant(source / "volant" / "engine" / fault.file, fault)
        caught, how = _play(source)
    print(f"{number:3} {'caught' if caught else 'SLIPPED'}  {fault.what}: {how}", flush=True)
    return caught


def _plant(path: Path, fault: Fault) -> None:
    text = path.read_text()
    if text.count(fault.right) != 1:
        raise SystemExit(f"{fault.what}: {fault.file} has {text.count(fault.right)} times {fault.right!r}")
    path.write_text(text.replace(fault.right, fault.wrong))


def _play(source: Path) -> tuple[bool, str]:
    """Seeds first, then the engine's own tests: some faults show only where a plugin's answer is scripted."""
    seeds = [str(ROOT / "tools" / "sim.py"), "--seeds", str(SEEDS), "--until-broken"]
    tests = ["-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", str(ROOT / "tests/unit/engine")]
    caught, how = _run(source, seeds)
    return (caught, how) if caught else _run(source, tests)


def _run(source: Path, words: list[str]) -> tuple[bool, str]:
    command = [sys.executable, *words]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    try:
        played = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return True, "never came to an end"
    lines = [line for line in (played.stdout or played.stderr).splitlines() if "Broken" in line or "FAILED" in line]
    return played.returncode != 0, lines[0][:100] if lines else f"exit status {played.returncode}"


if __name__ == "__main__":
    sys.exit(main())
