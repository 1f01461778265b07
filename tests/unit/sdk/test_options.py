"""Every option of a task and a node: how it is kept, and what is said of a wrong one."""

import copy
import datetime as dt
import hashlib
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from volant.sdk import accelerators
from volant.sdk.cache import Cache, VersionParameters
from volant.sdk.deck import DEFAULT_DECKS, DeckField
from volant.sdk.decorator import task
from volant.sdk.documentation import Description, Documentation
from volant.sdk.errors import AuthoringError
from volant.sdk.option_checks import node_id
from volant.sdk.pod import PodTemplate
from volant.sdk.problems import collecting
from volant.sdk.resolver import TaskResolver
from volant.sdk.resources import Resources
from volant.sdk.secret import Secret

Load = Callable[[str], ModuleType]


def _decorate(**options: Any) -> Any:
    def load(year: int) -> int:
        return year

    return task(**options)(load)


class _Policy:
    def get_version(self, salt: str, params: VersionParameters) -> str:
        return f"{params.func.__name__}+{salt}+{params.container_image}"


class _Broken:
    def get_version(self, salt: str, params: VersionParameters) -> str:
        raise KeyError(salt)


class _Silent:
    def get_version(self, salt: str, params: VersionParameters) -> Any: ...


class _Resolver(TaskResolver):
    """Never asked here."""


_resolver = _Resolver()

SAY_FLAG = "write True or False"
SAY_AMOUNTS = 'write Resources(cpu="1", mem="1Gi"); pairs of a request and a limit go into resources=…'
SAY_DURATION = "write a timedelta, or seconds as a number; 0 for no limit"
SAY_TEXTS = 'write texts by name, e.g. {"team": "forecast"}'
SAY_VERSION = 'write Cache(version="1") and change it when the same inputs shall give something new'
SAY_NAME = 'write a name without "/" and "="'
SAY_SPEC = 'give a V1PodSpec, or a dict in Kubernetes\' JSON form, e.g. {"nodeSelector": {"disk": "ssd"}}'
SAY_CACHE = "write Cache(version=…, serialize=…, ignored_inputs=…)"


def test_options_are_kept_as_they_are_meant() -> None:
    made = _decorate(
        retries=3,
        timeout=90,
        cache=True,
        cache_version="2",
        cache_ignore_input_vars=["year"],
        requests=Resources(cpu=2, mem="512Mi"),
        environment={"A": "b"},
        isolation="fresh",
        accelerator=accelerators.T4,
        shared_memory=False,
        secret_requests=[Secret(group="db")],
        task_resolver=_resolver,
        labels=None,
    )
    options = made.options
    assert (options.retries, options.timeout) == (3, dt.timedelta(seconds=90))
    assert (options.cache_version, options.cache_ignore_input_vars) == ("2", ("year",))
    assert (options.requests, options.limits) == (Resources(cpu=2, mem="512Mi"), None)
    assert (options.environment, options.isolation) == ({"A": "b"}, "fresh")
    assert (options.accelerator, options.shared_memory) == (accelerators.T4, None)
    assert options.secret_requests == (Secret(group="db"),)
    assert made.task_resolver is _resolver
    assert options.labels == {}


def test_one_object_says_requests_and_limits() -> None:
    options = _decorate(resources=Resources(cpu=["1", "2"], mem="1Gi")).options
    assert (options.requests, options.limits) == (Resources(cpu="1", mem="1Gi"), Resources(cpu="2"))


def test_a_cache_object_says_what_the_four_options_say() -> None:
    made = _decorate(cache=Cache(version="2", serialize=True, ignored_inputs="year", salt="not used"))
    found = made.options
    assert (found.cache, found.cache_version, found.cache_serialize) == (True, "2", True)
    assert found.cache_ignore_input_vars == ("year",)


def test_policies_make_the_version_that_flytekit_would_make() -> None:
    made = _decorate(cache=Cache(policies=[_Policy(), _Policy()], salt="s"), container_image="i")
    assert made.options.cache_version == hashlib.sha256(b"load+s+iload+s+i").hexdigest()


def test_what_can_be_read_once_is_read_once() -> None:
    secret = Secret(group="db")
    made = _decorate(
        cache=True,
        cache_version="1",
        cache_ignore_input_vars=iter(["year"]),
        secret_requests=iter([secret]),
    )
    assert (made.options.cache_ignore_input_vars, made.options.secret_requests) == (("year",), (secret,))


def test_a_page_has_its_usual_decks_unless_others_are_named() -> None:
    assert _decorate().options.decks == ()
    assert _decorate(enable_deck=True).options.decks == DEFAULT_DECKS
    assert _decorate(enable_deck=True, deck_fields=(DeckField.INPUT,)).options.decks == (DeckField.INPUT,)


@pytest.mark.parametrize(
    ("docs", "told"),
    [
        ("short", "short"),
        (Documentation("short", Description("long")), "short\n\nlong"),
        (Documentation(), ""),
        (None, ""),
    ],
)
def test_docs_are_told_where_there_is_no_docstring(docs: Any, told: str) -> None:
    def documented(n: int) -> int:
        """Its own."""
        return n

    assert _decorate(docs=docs).docs == told
    assert task(docs=docs)(documented).docs == "Its own."


ONE_SECRET = Secret(group="db", key="k")
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"retries": -1}, "retries=-1 is not possible", "write a whole number, 0 for none"),
    ({"retries": True}, "retries=True is not possible", "write a whole number, 0 for none"),
    ({"timeout": "5m"}, "timeout='5m' is not possible", SAY_DURATION),
    ({"timeout": None}, "timeout=None is not possible", SAY_DURATION),
    (
        {"timeout": dt.timedelta(seconds=-1)},
        "timeout=datetime.timedelta(days=-1, seconds=86399) is not possible",
        SAY_DURATION,
    ),
    ({"cache": 1}, "cache=1 is not possible", 'write True, False or Cache(version="1")'),
    (
        {"cache": True},
        "cache=True needs a cache_version",
        'write cache_version="1" and change it when the same inputs shall give something new',
    ),
    ({"cache_version": "1"}, "cache_version='1' does nothing without cache=True", "add cache=True"),
    ({"cache_serialize": True}, "cache_serialize=True does nothing without cache=True", "add cache=True"),
    (
        {"cache": True, "cache_version": "1", "cache_ignore_input_vars": "year"},
        "cache_ignore_input_vars='year' is not possible",
        'write names of inputs, e.g. ("seed",)',
    ),
    (
        {"cache": Cache(version="1"), "cache_version": "2"},
        "cache_version='2' stands beside cache=Cache(…), which says it all",
        SAY_CACHE,
    ),
    (
        {"cache": Cache(version="1"), "cache_serialize": True},
        "cache_serialize=True stands beside cache=Cache(…), which says it all",
        SAY_CACHE,
    ),
    (
        {"cache": Cache(version="1", ignored_inputs=("seed",))},
        "its cache ignores 'seed', which is no input of it",
        "its inputs are year",
    ),
    (
        {"cache": Cache(policies=_Broken(), salt="s")},
        "Cache: the policy _Broken cannot make a version: KeyError: 's'",
        SAY_VERSION,
    ),
    ({"interruptible": "no"}, "interruptible='no' is not possible", SAY_FLAG),
    ({"deprecated": True}, "deprecated=True is not possible", 'write why, e.g. "use load2"'),
    ({"requests": "1Gi"}, "requests='1Gi' is not possible", SAY_AMOUNTS),
    (
        {"limits": Resources(cpu=("1", "2"))},
        "limits=Resources(cpu=('1', '2'), mem=None, gpu=None, ephemeral_storage=None) is not possible",
        SAY_AMOUNTS,
    ),
    ({"resources": "1"}, "resources='1' is not possible", 'write Resources(cpu=("1", "2"), mem="1Gi")'),
    (
        {"resources": Resources(cpu="1"), "limits": Resources(cpu="1")},
        "resources=Resources(cpu='1', mem=None, gpu=None, ephemeral_storage=None) and limits=… say it twice",
        'write resources=Resources(cpu=("1", "2")) alone',
    ),
    (
        {"environment": {"A": 1}},
        "environment={'A': 1} is not possible",
        'write texts by name, e.g. {"MODE": "fast"}; no name holds "="',
    ),
    (
        {"environment": {"A=B": "1"}},
        "environment={'A=B': '1'} is not possible",
        'write texts by name, e.g. {"MODE": "fast"}; no name holds "="',
    ),
    ({"labels": {"a": "\ud800"}}, "labels={'a': '\\ud800'} is not possible", SAY_TEXTS),
    ({"timeout": 1e12}, "timeout=1000000000000.0 is not possible", SAY_DURATION),
    ({"timeout": 1e-9}, "timeout=1e-09 is not possible", SAY_DURATION),
    ({"retries": 10**5000}, "retries=<int> is not possible", "write a whole number, 0 for none"),
    (
        {"cache": Cache(policies=_Silent())},
        "Cache: the policy _Silent made the version None, which is no text",
        "return a text from get_version()",
    ),
    ({"isolation": "own"}, "isolation='own' is not possible", 'write "reuse" or "fresh"'),
    (
        {"container_image": ""},
        "container_image='' is not possible",
        'write the image\'s name, e.g. "ghcr.io/me/flights:1"',
    ),
    (
        {"accelerator": "nvidia-l4"},
        "accelerator='nvidia-l4' is not possible",
        'write accelerators.T4, or GPUAccelerator("nvidia-tesla-t4")',
    ),
    ({"shared_memory": "much"}, "shared_memory='much' is not possible", 'write True, or a size such as "1Gi"'),
    (
        {"secret_requests": ONE_SECRET},
        f"secret_requests={ONE_SECRET!r} is not possible",
        'write a list, e.g. [Secret(group="db", key="password")]',
    ),
    ({"pod_template": {}}, "pod_template={} is not possible", "write PodTemplate(pod_spec=…)"),
    (
        {"pod_template_name": ""},
        "pod_template_name='' is not possible",
        "write the name of a pod template on the cluster",
    ),
    ({"enable_deck": 1}, "enable_deck=1 is not possible", SAY_FLAG),
    (
        {"deck_fields": ("Input",), "enable_deck": True},
        "deck_fields=('Input',) is not possible",
        "write a tuple, e.g. (DeckField.INPUT, DeckField.OUTPUT)",
    ),
    (
        {"deck_fields": (DeckField.INPUT,)},
        "deck_fields does nothing without enable_deck=True",
        "add enable_deck=True",
    ),
    ({"docs": 3}, "docs=3 is not possible", "write a text, or Documentation(short_description=…)"),
    ({"labels": {"a": 1}}, "labels={'a': 1} is not possible", SAY_TEXTS),
    ({"annotations": ["a"]}, "annotations=['a'] is not possible", SAY_TEXTS),
    (
        {"task_resolver": "mine"},
        "task_resolver='mine' is not possible",
        "give an instance of a subclass of TaskResolver",
    ),
    ({"retry": 3}, "there is no option 'retry'", "did you mean 'retries'?"),
    (
        {"zone": 1},
        "there is no option 'zone'",
        (
            "the options are retries, timeout, cache, cache_version, cache_serialize, cache_ignore_input_vars, "
            "interruptible, deprecated, requests, limits, environment, isolation, container_image, accelerator, "
            "shared_memory, secret_requests, pod_template, pod_template_name, enable_deck, deck_fields, docs, labels, "
            "annotations, task_resolver, resources"
        ),
    ),
    ({"disable_deck": True}, "there is no option 'disable_deck'", "write enable_deck=True where a page is wanted"),
    (
        {"pickle_untyped": True},
        "there is no option 'pickle_untyped'",
        "leave it out: values without a type are pickled",
    ),
]


@pytest.mark.parametrize(("options", "message", "fix"), WRONG)
def test_a_wrong_option_is_refused_where_it_is_written(options: dict[str, Any], message: str, fix: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        _decorate(**options)
    assert str(caught.value) == f"{__file__}:{_decorate.__code__.co_firstlineno + 1}: task {__name__}.load: {message}"
    assert caught.value.fix == fix


def test_all_wrong_options_of_a_file_are_told_and_the_rest_is_kept() -> None:
    with collecting() as found:
        made = _decorate(retries=-1, timeout="x", cache=Cache(), requests=Resources(cpu="lots", mem="1Gi"), retrys=1)
    assert [error.fix for error in found] == [
        SAY_VERSION,
        'write cores as "1", "0.5" or "500m"',
        "write a whole number, 0 for none",
        SAY_DURATION,
        "did you mean 'retries'?",
    ]
    assert made.options.requests == Resources(mem="1Gi")


HERE = "<here>"
OBJECTS: list[tuple[Callable[[], Any], str, str]] = [
    (
        lambda: Resources(cpu="lots"),
        "Resources: cpu='lots' is not a quantity",
        'write cores as "1", "0.5" or "500m"',
    ),
    (lambda: Resources(mem="1 GB"), "Resources: mem='1 GB' is not a quantity", 'write bytes as "512Mi" or "1Gi"'),
    (lambda: Resources(cpu=True), "Resources: cpu=True is not a quantity", 'write cores as "1", "0.5" or "500m"'),
    (lambda: Resources(mem="-1"), "Resources: mem='-1' is not a quantity", 'write bytes as "512Mi" or "1Gi"'),
    (lambda: Resources(cpu="٣"), "Resources: cpu='٣' is not a quantity", 'write cores as "1", "0.5" or "500m"'),
    (
        lambda: Resources(cpu=10**5000),
        "Resources: cpu=<int> is not a quantity",
        'write cores as "1", "0.5" or "500m"',
    ),
    (lambda: Resources(gpu="half"), "Resources: gpu='half' is not a quantity", "write how many: 1"),
    (
        lambda: Resources(ephemeral_storage=("1Gi", "x")),
        "Resources: ephemeral_storage=('1Gi', 'x') is not a quantity",
        'write bytes as "512Mi" or "1Gi"',
    ),
    (
        lambda: Resources(cpu=("1",)),  # type: ignore[arg-type]
        "Resources: cpu=('1',) is not a request and a limit",
        'write two amounts, e.g. ("1", "2")',
    ),
    (lambda: Cache(), "Cache: it has neither a version nor policies that make one", SAY_VERSION),
    (lambda: Cache(version=" "), "Cache: version=' ' is not possible", SAY_VERSION),
    (lambda: Cache(version="1", serialize=1), "Cache: serialize=1 is not possible", SAY_FLAG),  # type: ignore[arg-type]
    (
        lambda: Cache(version="1", ignored_inputs=(3,)),  # type: ignore[arg-type]
        "Cache: ignored_inputs=(3,) is not possible",
        'write names of inputs, e.g. ("seed",)',
    ),
    (lambda: Cache(version="1", salt=3), "Cache: salt=3 is not possible", "write a text"),  # type: ignore[arg-type]
    (
        lambda: Cache(policies="body"),  # type: ignore[arg-type]
        "Cache: policies='body' is not possible",
        "give objects with get_version(salt, params)",
    ),
    (lambda: Secret(key="password"), "Secret: it has no group", 'write Secret(group="db", key="password")'),
    (lambda: Secret(group="a/b"), "Secret: group='a/b' is not possible", SAY_NAME),
    (lambda: Secret(group="db", key=".."), "Secret: key='..' is not possible", SAY_NAME),
    (lambda: Secret(group="db", key="a=b"), "Secret: key='a=b' is not possible", SAY_NAME),
    (
        lambda: Secret(group="db", mount_requirement="FILE"),  # type: ignore[arg-type]
        "Secret: mount_requirement='FILE' is not possible",
        "write Secret.MountType.ANY, Secret.MountType.ENV_VAR or Secret.MountType.FILE",
    ),
    (
        lambda: Secret(group="db", env_var="db-password"),
        "Secret: env_var='db-password' is not possible",
        'write a variable of A-Z, 0-9 and "_", e.g. "DB_PASSWORD"',
    ),
    (
        lambda: PodTemplate(pod_spec="spec"),
        "PodTemplate: pod_spec='spec' is not possible",
        SAY_SPEC,
    ),
    (
        lambda: PodTemplate(pod_spec={"containers": ["a"]}),
        "PodTemplate: pod_spec={'containers': ['a']} is not possible",
        SAY_SPEC,
    ),
    (
        lambda: PodTemplate(pod_spec={"containers": [{"env": 3}]}),
        "PodTemplate: pod_spec={'containers': [{'env': 3}]} is not possible",
        SAY_SPEC,
    ),
    (lambda: PodTemplate(pod_spec={"a": {1}}), "PodTemplate: pod_spec={'a': {1}} is not possible", SAY_SPEC),
    (
        lambda: PodTemplate(primary_container_name=""),
        "PodTemplate: primary_container_name='' is not possible",
        "write a name, e.g. 'primary'",
    ),
    (lambda: PodTemplate(labels={"a": 1}), "PodTemplate: labels={'a': 1} is not possible", SAY_TEXTS),  # type: ignore[dict-item]
    (
        lambda: accelerators.GPUAccelerator(""),
        "GPUAccelerator: device='' is not possible",
        'write the device\'s name, e.g. "nvidia-l4"',
    ),
    (
        lambda: accelerators.A100.partitioned(3),  # type: ignore[arg-type]
        "GPUAccelerator: partition=3 is not possible",
        'write the part\'s name, e.g. "1g.5gb"',
    ),
]


@pytest.mark.parametrize(("make", "message", "fix"), OBJECTS)
def test_a_wrong_value_is_refused_where_it_is_made(make: Callable[[], Any], message: str, fix: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        make()
    place, _, told = str(caught.value).partition(": ")
    assert (told, caught.value.fix) == (message, fix)
    assert place.startswith(f"{__file__}:")


def test_parts_of_devices_have_flytekits_names() -> None:
    assert accelerators.A100.partition_2g_10gb == accelerators.GPUAccelerator("nvidia-tesla-a100", "2g.10gb")
    assert accelerators.V5P.slice_2x2x1.partition == "2x2x1"
    assert accelerators.T4.partitioned("half").partition == "half"
    with pytest.raises(AttributeError, match=r"nvidia-tesla-a100 has no 'partition_9g'; its sizes are 1g\.5gb, "):
        _ = accelerators.A100.partition_9g
    assert not hasattr(accelerators.PartitionedAccelerator("other"), "partition_9g")


def test_a_device_can_be_copied() -> None:
    assert copy.deepcopy(accelerators.A100) == accelerators.A100
    assert pickle.loads(pickle.dumps(accelerators.A100)) == accelerators.A100


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("My_Node", "my-node"),
        ("a.b", "a-b"),
        ("HTTPServer", "h-t-t-p-server"),
        ("A-B", "a-b"),
        ("__x_", "x"),
        ("", ""),
        ("9a", "9a"),
        ("a" * 62 + "B", "a" * 62 + "b"),
    ],
)
def test_a_name_becomes_the_id_that_flytekit_makes_of_it(name: str, made: str) -> None:
    assert node_id(name) == made


@pytest.mark.parametrize(
    ("overrides", "message", "fix"),
    [
        ("retries='2'", "retries='2' is not possible", "write a whole number, 0 for none"),
        ("timeout='x'", "timeout='x' is not possible", SAY_DURATION),
        (
            "node_name='Deep One'",
            "node_name='Deep One' is not possible",
            "write up to 63 of letters, digits, '-' and '_', beginning with a letter",
        ),
        (
            "node_name='9a'",
            "node_name='9a' is not possible",
            "write up to 63 of letters, digits, '-' and '_', beginning with a letter",
        ),
        ("name=3", "name=3 is not possible", "write a text"),
        ("aliases=['a']", "aliases=['a'] is not possible", 'write other names by output, e.g. {"o0": "total"}'),
        ("cache=1", "cache=1 is not possible", 'write True, False or Cache(version="1")'),
        (
            "cache=Cache(version='1', ignored_inputs='n')",
            f"cache={Cache(version='1', ignored_inputs='n')!r} ignores inputs: only a task's can",
            'write Cache(version="1")',
        ),
        (
            "cache=Cache(version='1'), cache_version='2'",
            "cache_version='2' stands beside cache=Cache(…), which says it all",
            SAY_CACHE,
        ),
        (
            "container_image=3",
            "container_image=3 is not possible",
            'write the image\'s name, e.g. "ghcr.io/me/flights:1"',
        ),
        ("shared_memory='x'", "shared_memory='x' is not possible", 'write True, or a size such as "1Gi"'),
        ("retry=2", "there is no option 'retry'", "did you mean 'retries'?"),
        (
            "task_config=3",
            "there is no option 'task_config'",
            "make a second task: a node has no config of its own",
        ),
        (
            "resources=Resources(cpu='1'), requests=Resources(cpu='2')",
            "resources=Resources(cpu='1', mem=None, gpu=None, ephemeral_storage=None) and requests=… say it twice",
            'write resources=Resources(cpu=("1", "2")) alone',
        ),
    ],
)
def test_a_wrong_override_is_refused_with_its_node(load: Load, overrides: str, message: str, fix: str) -> None:
    source = f"""
from volant import Cache

@task
def one(n: int) -> int:
    return n

@workflow
def flow(n: int) -> int:
    return one(n).with_overrides({overrides})
"""
    module = load(source)
    with pytest.raises(AuthoringError) as caught:
        _ = module.flow.traced
    line = module.flow.function.__code__.co_firstlineno + 2
    assert str(caught.value) == f"{module.__file__}:{line}: node n0: {message}"
    assert caught.value.fix == fix
