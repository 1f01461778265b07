"""Tasks and nodes with every option: caches, resources, devices, secrets, decks, labels, overrides, kinds of task."""

import datetime as dt
import importlib
from typing import Annotated, Any

import world
from world import (
    Cache,
    Description,
    Documentation,
    GPUAccelerator,
    PythonFunctionTask,
    Resources,
    Secret,
    choose,
    create_node,
    shape,
    task,
    workflow,
)

# Some names of flytekit's are not where the others are.
A100 = choose(flytekit=lambda: world.A100, volant=lambda: world.accelerators.A100)
TaskPlugins = choose(flytekit=lambda: importlib.import_module("flytekit.extend").TaskPlugins, volant=lambda: None)
DeckField = choose(flytekit=lambda: importlib.import_module("flytekit.deck").DeckField, volant=lambda: world.DeckField)
T4 = choose(flytekit=lambda: world.T4, volant=lambda: world.accelerators.T4)
V5E = choose(flytekit=lambda: world.V5E, volant=lambda: world.accelerators.V5E)


# --- caches ----------------------------------------------------------------------------------------------------------


class Body:
    """A cache policy: the name of the function and the salt."""

    def get_version(self, salt: str, params: Any) -> str:
        return f"{params.func.__name__}/{params.container_image}/{salt}"


class Fixed:
    """A cache policy that says the same of everything."""

    def get_version(self, salt: str, params: Any) -> str:
        return "fixed"


@task(cache=True, cache_version="1")
def cached(x: int) -> int:
    return x


@task(cache=True, cache_version="1", cache_serialize=True, cache_ignore_input_vars=("seed",))
def cached_in_full(x: int, seed: int) -> int:
    return x


@task(cache=Cache(version="2"))
def cache_with_version(x: int) -> int:
    return x


@task(cache=Cache(version="2", serialize=True, ignored_inputs=("seed", "y"), salt="ignored"))
def cache_in_full(x: int, seed: int, y: int) -> int:
    return x


@task(cache=Cache(version="2", ignored_inputs="seed"))
def cache_ignoring_one(x: int, seed: int) -> int:
    return x


@task(cache=Cache(policies=Body()))
def cache_with_a_policy(x: int) -> int:
    return x


@task(cache=Cache(policies=[Body(), Fixed()], salt="sea"), container_image="image:1")
def cache_with_policies_and_salt(x: int) -> int:
    return x


# --- what a task asks for --------------------------------------------------------------------------------------------


@task(requests=Resources(cpu="1", mem="1Gi", gpu="1", ephemeral_storage="2Gi"))
def all_requests(x: int) -> int:
    return x


@task(
    requests=Resources(cpu="500m", mem="1Gi"), limits=Resources(cpu="1", mem="2Gi", gpu="2", ephemeral_storage="500Mi")
)
def requests_and_limits(x: int) -> int:
    return x


@task(resources=Resources(cpu=("1", "2"), mem="1Gi", gpu="1"))
def both_in_one(x: int) -> int:
    return x


@task(resources=Resources(cpu=["1", "2"], mem=("1Gi", "2Gi")))
def both_in_lists(x: int) -> int:
    return x


@task(accelerator=T4, limits=Resources(gpu="1"))
def on_a_device(x: int) -> int:
    return x


@task(accelerator=choose(flytekit=lambda: GPUAccelerator("own"), volant=lambda: GPUAccelerator("own")))
def on_a_named_device(x: int) -> int:
    return x


@task(accelerator=A100)
def on_a_device_with_parts(x: int) -> int:
    return x


@task(accelerator=choose(flytekit=lambda: A100.partition_2g_10gb, volant=lambda: A100.partition_2g_10gb))
def on_a_part(x: int) -> int:
    return x


@task(accelerator=choose(flytekit=lambda: A100.unpartitioned, volant=lambda: A100.unpartitioned))
def on_a_whole_device(x: int) -> int:
    return x


@task(accelerator=choose(flytekit=lambda: V5E.slice_2x4, volant=lambda: V5E.slice_2x4), shared_memory="1Gi")
def on_a_slice(x: int) -> int:
    return x


@task(shared_memory=True)
def shared_memory(x: int) -> int:
    return x


@task(container_image="ghcr.io/me/flights:1")
def with_an_image(x: int) -> int:
    return x


@task(environment={"MODE": "fast", "A": "b"})
def with_an_environment(x: int) -> int:
    return x


@task(
    secret_requests=[
        Secret(group="db", key="password"),
        Secret(group="db", key="user", group_version="3", mount_requirement=Secret.MountType.ENV_VAR, env_var="DB"),
        Secret(group="tls", key="cert", mount_requirement=Secret.MountType.FILE),
        Secret(group="whole"),
    ]
)
def with_secrets(x: int) -> int:
    return x


@task(pod_template_name="big-nodes")
def with_a_named_pod(x: int) -> int:
    return x


@task(labels={"team": "forecast"}, annotations={"note": "a b"})
def with_labels(x: int) -> int:
    return x


# --- how it runs -----------------------------------------------------------------------------------------------------


@task(retries=3, timeout=dt.timedelta(minutes=5), interruptible=True, deprecated="use cached")
def with_metadata(x: int) -> int:
    return x


@task(interruptible=False, timeout=90)
def not_interruptible(x: int) -> int:
    return x


@task(enable_deck=True)
def with_a_deck(x: int) -> int:
    return x


@task(enable_deck=True, deck_fields=(DeckField.INPUT, DeckField.OUTPUT))
def with_some_decks(x: int) -> int:
    return x


@task(enable_deck=False)
def without_a_deck(x: int) -> int:
    return x


@task
def documented(x: int, y: str = "a") -> int:
    """Does it.

    At length.

    Args:
        x: How much.
        y: Of what.

    Returns:
        All of it.
    """
    return x


@task(docs=Documentation(short_description="short", long_description=Description(value="long")))
def documented_apart(x: int) -> int:
    return x


@task
async def asynchronous(x: int) -> int:
    return x


@task
def annotated(x: Annotated[int, "a note"]) -> Annotated[int, "another"]:
    return x


# --- kinds of task ---------------------------------------------------------------------------------------------------


class Spark:
    def __init__(self, executors: int) -> None:
        self.executors = executors


class SparkTask(PythonFunctionTask):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choose(
            flytekit=lambda: super(SparkTask, self).__init__(*args, task_type="spark", **kwargs),
            volant=lambda: super(SparkTask, self).__init__(*args, **kwargs),
        )

    task_type = choose(flytekit=lambda: PythonFunctionTask.task_type, volant=lambda: "spark")

    def get_custom(self, settings: Any) -> dict[str, Any]:
        return {"executors": self.task_config.executors, "conf": {"a": ["b", True, None, 1.5]}}

    def get_config(self, settings: Any) -> dict[str, str]:
        return {"queue": "big"}

    def get_command(self, settings: Any) -> list[str]:
        return ["spark-submit", "{{.inputs.x}}"]


choose(
    flytekit=lambda: TaskPlugins.register_pythontask_plugin(Spark, SparkTask),
    volant=lambda: SparkTask.bind(Spark),
)


@task(task_config=Spark(3), retries=1, environment={"A": "b"})
def a_kind_of_its_own(x: int) -> int:
    return x


# --- nodes -----------------------------------------------------------------------------------------------------------


@task
def plain(x: int) -> int:
    return x


@workflow
def override_metadata(x: int) -> int:
    return plain(x=x).with_overrides(
        node_name="My_Node", name="shown", retries=2, timeout=dt.timedelta(seconds=30), interruptible=True
    )


@workflow
def override_timeouts(x: int) -> int:
    a = with_metadata(x=x).with_overrides(timeout=None)
    b = with_metadata(x=a).with_overrides(timeout=0)
    return with_metadata(x=b).with_overrides(timeout=7)


@workflow
def override_resources(x: int) -> int:
    a = plain(x=x).with_overrides(requests=Resources(cpu="1", mem="1Gi", gpu="1", ephemeral_storage="1Gi"))
    b = plain(x=a).with_overrides(limits=Resources(cpu=2))
    return plain(x=b).with_overrides(resources=Resources(cpu=("1", "2"), mem="1Gi"))


@workflow
def override_cache(x: int) -> int:
    a = plain(x=x).with_overrides(cache=Cache(version="3"))
    b = plain(x=a).with_overrides(cache=Cache(version="3", serialize=True))
    c = cached(x=b).with_overrides(cache=False)
    return cached(x=c).with_overrides(cache=True, cache_version="4", cache_serialize=False)


@workflow
def override_image_and_devices(x: int) -> int:
    a = plain(x=x).with_overrides(container_image="other:1")
    b = plain(x=a).with_overrides(accelerator=T4)
    c = plain(x=b).with_overrides(shared_memory=True)
    return plain(x=c).with_overrides(shared_memory="2Gi", accelerator=T4)


@workflow
def override_aliases(x: int) -> int:
    return plain(x=x).with_overrides(aliases={"o0": "total"})


@workflow
def override_a_made_node(x: int) -> int:
    node = create_node(plain, x=x)
    node.with_overrides(retries=5, name="made")
    return node.o0


for name in (
    "cached", "cached_in_full", "cache_with_version", "cache_in_full", "cache_ignoring_one", "cache_with_a_policy",
    "cache_with_policies_and_salt", "all_requests", "requests_and_limits", "both_in_one", "both_in_lists",
    "on_a_device", "on_a_named_device", "on_a_device_with_parts", "on_a_part", "on_a_whole_device", "on_a_slice",
    "shared_memory", "with_an_image", "with_an_environment", "with_secrets", "with_a_named_pod", "with_labels",
    "with_metadata", "not_interruptible", "with_a_deck", "with_some_decks", "without_a_deck", "documented",
    "documented_apart", "asynchronous", "annotated", "a_kind_of_its_own", "override_metadata", "override_timeouts",
    "override_resources", "override_cache", "override_image_and_devices", "override_aliases",
    "override_a_made_node",
):  # fmt: skip
    shape(name.replace("_", " "), globals()[name])
