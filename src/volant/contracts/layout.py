"""Where an action's files are, derived and never stored. Source: Flyte's storage layout (engine spec 0.3).

`E` = `<root>/runs/<project>-<domain>-<run>`. A top level node's data lie in `E/<node>/data`, attempt k's in
`E/<node>/data/<k>`; a node C inside P's attempt g has them in `<P's attempt g>/C` and `.../C/<k>`.
"""

from volant.base.ids import ActionName, AttemptKey, RunId, generated_name, raw_shard


def run_prefix(root: str, run: RunId) -> str:
    """Folder URI of everything that belongs to a run."""
    return f"{root}/runs/{run.replace(':', '-')}"


def node_prefix(root: str, run: RunId, action: ActionName) -> str:
    """Folder URI of a node; its `inputs.pb` is readable there."""
    head, *rest = action.split("/")
    return "/".join([run_prefix(root, run), head, "data", *rest])


def attempt_prefix(root: str, key: AttemptKey) -> str:
    """Folder URI of an attempt; its `outputs.pb`, `error.pb` and `task.log` are readable there."""
    return f"{node_prefix(root, key.run, key.action)}/{key.number}"


def raw_prefix(base: str, key: AttemptKey) -> str:
    """Folder URI of an attempt's raw data, sharded as Flyte does."""
    name = generated_name(key)
    return f"{base}/{raw_shard(name)}/{name}"


def log_uri(root: str, key: AttemptKey) -> str:
    """URI of an attempt's log; the file appears with the first byte."""
    return f"{attempt_prefix(root, key)}/task.log"
