"""Which plugins an engine has: where they come from, who goes before whom, what becomes of clashes and broken ones."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from volant.app.plugin_file import BrokenPluginError, plugin_of_file, split
from volant.app.plugin_offers import OTHERS, Offer, Rank, offers
from volant.app.plugins import Loss, Roster, decide, load_roster, usable_plugins
from volant.app.refused_plugin import RefusedPlugin
from volant.app.requirements import check_plugins, missing
from volant.app.secret_source import LocalSecrets
from volant.app.serving import serving
from volant.app.site import Site
from volant.base.errors import UserError
from volant.compiler.build import load_plan
from volant.contracts.plugin import TaskPlugin
from volant.contracts.worker_wire import Problem
from volant.engine.plugin_table import Entry, PluginTable
from volant.idl import pb
from volant.settings import Settings, load_settings
from volant.testing.scripted import flow

HEAD = "from volant.extend import TaskPlugin\n"
BODY = '    id = "{id}"\n    task_types = frozenset({{"{id}"}})\n    state_type = dict\n'


def text(name: str = "Sensor", plugin: str = "sensor", base: str = "TaskPlugin") -> str:
    return f"class {name}({base}):\n{BODY.format(id=plugin)}"


def plugin(name: str, *types: str, default: bool = False) -> TaskPlugin[Any]:
    facts = {"id": name, "task_types": frozenset(types), "default": default, "state_type": dict}
    made: TaskPlugin[Any] = type(name, (TaskPlugin,), facts)()
    return made


def offer(rank: Rank, name: str, *types: str, default: bool = False, known_as: str = "", origin: str = "") -> Offer:
    place = {Rank.OPTION: f"--plugin {name}.py", Rank.SETTINGS: f"[plugins.{name}] of the settings"}
    return Offer(
        rank=rank,
        name=name,
        value=f"{name}:build",
        origin=origin or place.get(rank, f"{name}-pack 1.0"),
        plugin=plugin(known_as or name, *types, default=default),
    )


def winners(roster: Roster) -> dict[str, str]:
    return {kind: each.offer.origin for each in roster.standings for kind in each.runs}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(source: str, name: str = "sensor.py") -> Path:
        (tmp_path / name).write_text(source)
        return tmp_path / name

    return written


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(Settings(home=str(tmp_path / "home"))) as opened:
        yield opened


# ------------------------------------------------------------------------------------------------ what a file holds


@pytest.mark.parametrize(
    ("named", "parts"),
    [
        ("sensor.py", ("sensor.py", "")),
        ("/a b/sensor.py:build", ("/a b/sensor.py", "build")),
        ("acme.sensors:Sensor.make", ("acme.sensors", "Sensor.make")),
        ("a:b/sensor.py", ("a:b/sensor.py", "")),
    ],
)
def test_a_name_behind_a_colon_is_a_name_in_the_file(named: str, parts: tuple[str, str]) -> None:
    assert split(named) == parts


def test_build_goes_before_a_class(write: Any) -> None:
    file = write(f"{HEAD}{text()}{text('Other', 'other')}def build():\n    return Other()\n")

    assert plugin_of_file(file, "").id == "other"


def test_the_only_plugin_class_needs_no_name_and_what_it_derives_from_is_none(write: Any) -> None:
    file = write(f"{HEAD}class Base(TaskPlugin):\n    state_type = dict\n{text(base='Base')}")

    assert plugin_of_file(file, "").id == "sensor"


def test_one_of_several_is_named(write: Any) -> None:
    file = write(f"{HEAD}{text()}{text('Other', 'other')}")

    assert plugin_of_file(file, "Other").id == "other"
    with pytest.raises(BrokenPluginError, match=r"sensor.py holds 2 plugins: Other, Sensor") as caught:
        plugin_of_file(file, "")
    assert caught.value.fix == "name one: sensor.py:Other"


def test_a_file_is_imported_once_beside_whatever_else_has_its_name_and_sees_its_folder(write: Any) -> None:
    write("KIND = 'sensor'\n", "beside_the_sensor.py")
    file = write(f"from beside_the_sensor import KIND\n{HEAD}{text()}", "json.py")
    before = list(sys.path), sys.modules["json"]

    first, second = plugin_of_file(file, ""), plugin_of_file(file, "")

    assert type(first) is type(second)
    assert first is not second
    assert (sys.path, sys.modules["json"]) == before
    del sys.modules["beside_the_sensor"]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import no_such_module\n", r"{file}:1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("\n\nraise SystemExit(3)\n", r"{file}:3: SystemExit: 3"),
        ("def build(:\n", r"{file}:1: SyntaxError: invalid syntax"),
        ("x = 1\n", "sensor.py holds no TaskPlugin"),
        ("build = int\n", "sensor.py made 0, which is no TaskPlugin"),
        (
            f"{HEAD}class Nameless(TaskPlugin):\n    pass\n",
            'does not say its id, task_types, state_type; write id = "my-sensor", ',
        ),
        (f"{HEAD}{text()}    id = 3\n", r'Sensor.id is 3; it must be a text, such as "my-sensor"'),
        (f"{HEAD}{text()}    task_types = 'x'\n", "Sensor.task_types is 'x'; it must be a set of texts"),
        (f"{HEAD}{text()}    task_types = frozenset({{1}})\n", "it must be a set of texts"),
        (f"{HEAD}{text()}    task_types = frozenset()\n", "Sensor.task_types is empty: it would run nothing"),
        (f"{HEAD}{text()}    default = 1\n", "Sensor.default is 1; it must be True or False"),
        (f"{HEAD}{text()}    state_type = None\n", "Sensor.state_type is None; it must be a class"),
        (f"{HEAD}{text()}    state_version = 0\n", "it must be a whole number from 1 on"),
        (
            f"{HEAD}{text()}    quotas = {{'p': 3}}\n",
            'it must be a mapping from pool names to limits, such as {"warehouse": ',
        ),
        (f"{HEAD}{text()}    properties = None\n", "it must be PluginProperties"),
        (
            f"{HEAD}{text()}    async def initialize(self, setup): ...\n",
            "Sensor.initialize is async, and nobody would wait for it; write def initialize",
        ),
        (f"{HEAD}{text()}    def __init__(self):\n        1 / 0\n", "{file}:7: ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_wrong_with_a_plugin_is_said_with_its_place(write: Any, source: str, complaint: str) -> None:
    file = write(source)

    with pytest.raises(BrokenPluginError) as caught:
        plugin_of_file(file, "")

    assert complaint.replace("{file}", str(file)) in str(caught.value)


def test_a_name_that_is_not_in_the_file_is_told(write: Any) -> None:
    with pytest.raises(BrokenPluginError, match="has no attribute 'nothing'"):
        plugin_of_file(write(HEAD + text()), "nothing")


# --------------------------------------------------------------------------------------------------------- sources


def test_files_go_before_settings_and_those_before_packages(write: Any, tmp_path: Path) -> None:
    write(HEAD + text(plugin="a"), "a.py")
    write(HEAD + text(plugin="b"), "b.py")

    found = offers({"b": {"from": str(tmp_path / "b.py"), "x": 1}, "echo": {}}, [str(tmp_path / "a.py")])

    assert [(each.rank, each.id) for each in found] == [
        (Rank.OPTION, "a"),
        (Rank.SETTINGS, "b"),
        (Rank.PACKAGE, "core-sleep"),
        (Rank.PACKAGE, "echo"),
        (Rank.PACKAGE, "python-task"),
    ]


def test_a_broken_file_that_was_asked_for_is_an_error_with_the_authors_line(write: Any) -> None:
    file = write("def f():\n    1 / 0\n\nf()\n")

    with pytest.raises(BrokenPluginError) as caught:
        offers({}, [str(file)])

    [problem] = caught.value.problems
    assert problem.message == f"--plugin {file}: {file}:2: ZeroDivisionError: division by zero"
    assert f'File "{file}", line 2, in f' in problem.trace


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (3, "from = 3 names no plugin"),
        ("volant.plugins.echo", "volant.plugins.echo holds the plugin 'echo', not 'mine'"),
        ("/nowhere/x.py", "there is no file '/nowhere/x.py'"),
        ("no_such.module:build", "ModuleNotFoundError: No module named 'no_such'"),
    ],
)
def test_a_broken_one_of_the_settings_is_told_and_stops_nothing(value: object, complaint: str) -> None:
    [first, *_] = offers({"mine": {"from": value}}, [])

    assert (first.id, first.plugin) == ("mine", None)
    assert first.problem is not None
    assert first.problem.message == complaint


def test_a_file_in_the_settings_starts_at_the_file_of_the_settings(write: Any, tmp_path: Path) -> None:
    write('[plugins.sensor]\nfrom = "sub/sensor.py:build"\n[plugins.b]\nfrom = "m.n:build"\n', "volant.toml")
    (tmp_path / "below").mkdir()

    tables = load_settings({}, {}, tmp_path / "below").settings.plugins

    assert tables == {"sensor": {"from": f"{tmp_path}/sub/sensor.py:build"}, "b": {"from": "m.n:build"}}


def test_a_plugin_never_sees_where_it_comes_from_and_has_a_table_once_asked_for(write: Any) -> None:
    file = str(write(HEAD + text()))
    settings = Settings(home="/", plugins={"echo": {"from": "volant.plugins.echo", "x": 1}})

    assert load_roster(settings, [file]).tables(settings) == {"sensor": {}, "echo": {"x": 1}}


# ------------------------------------------------------------------------------------------------------- who wins


def test_who_goes_before_gets_the_type_and_leaves_the_others_to_whoever_had_them() -> None:
    roster = decide([
        offer(Rank.OPTION, "mine", "a"),
        offer(Rank.SETTINGS, "set", "a", "b", default=True),
        offer(Rank.PACKAGE, "old", "a", "b", "c", default=True),
    ])  # fmt: skip

    assert winners(roster) == {
        "a": "--plugin mine.py",
        "b": "[plugins.set] of the settings",
        OTHERS: "[plugins.set] of the settings",
        "c": "old-pack 1.0",
    }
    assert {kind: loss.why for kind, loss in roster.standings[2].lost.items()} == {
        "a": "runs in --plugin mine.py",
        "b": "runs in [plugins.set] of the settings",
        OTHERS: "runs in [plugins.set] of the settings",
    }
    table = PluginTable(roster.entries())
    assert [getattr(table.find(kind), "id", None) for kind in ("a", "b", "c", "d")] == ["mine", "set", "old", "set"]


def test_who_has_the_same_id_is_put_aside_with_all_its_types() -> None:
    roster = decide([offer(Rank.SETTINGS, "x", "a"), offer(Rank.PACKAGE, "x", "a", "b")])

    assert winners(roster) == {"a": "[plugins.x] of the settings"}
    assert roster.refused == {}
    assert roster.standings[1].loss == Loss("[plugins.x] of the settings goes before it", to=roster.standings[0].offer)


CLASHES = {
    "type": (
        [offer(Rank.PACKAGE, "x", "a", "b"), offer(Rank.PACKAGE, "y", "a", "c")],
        "task type 'a' is claimed by 'x' of x-pack 1.0 and 'y' of y-pack 1.0: none gets it",
        ["a"],
    ),
    "default": (
        [offer(Rank.PACKAGE, "x", "a", default=True), offer(Rank.PACKAGE, "y", "b", default=True)],
        (
            "every task type that nobody is registered for is claimed by 'x' of x-pack 1.0 and 'y' of y-pack 1.0: "
            "none gets it"
        ),
        [OTHERS],
    ),
    "id": (
        [offer(Rank.PACKAGE, "x", "a", known_as="one"), offer(Rank.PACKAGE, "y", "b", known_as="one")],
        "the plugin id 'one' is claimed by 'one' of x-pack 1.0 and 'one' of y-pack 1.0: none gets it",
        ["a", "b"],
    ),
    "entry point": (
        [
            offer(Rank.PACKAGE, "x", "a", known_as="one", origin="p 1.0"),
            offer(Rank.PACKAGE, "x", "b", known_as="two", origin="q 2.0"),
        ],
        "the entry point 'x' is claimed by 'one' of p 1.0 and 'two' of q 2.0: none gets it",
        ["a", "b"],
    ),
}


@pytest.mark.parametrize("case", CLASHES)
def test_what_two_packages_claim_neither_gets_and_both_are_named(case: str) -> None:
    found, why, refused = CLASHES[case]

    roster = decide(found)

    assert {kind: loss.why for kind, loss in roster.refused.items()} == dict.fromkeys(refused, why)
    assert set(winners(roster)).isdisjoint(refused)
    fix = f'uninstall one of them, or choose one in volant.toml: [plugins.{found[0].id}] from = "x:build"'
    assert {loss.fix for loss in roster.refused.values()} == {fix}


def test_choosing_one_ends_a_clash() -> None:
    roster = decide([offer(Rank.SETTINGS, "x", "a"), *CLASHES["type"][0]])

    assert (winners(roster)["a"], roster.refused) == ("[plugins.x] of the settings", {})


def test_two_of_the_settings_that_want_the_same_both_lose_it() -> None:
    roster = decide([offer(Rank.SETTINGS, "x", "a"), offer(Rank.SETTINGS, "y", "a"), offer(Rank.PACKAGE, "z", "a")])

    assert roster.refused["a"].fix == "remove one of the tables"
    assert winners(roster) == {}


def test_two_files_that_want_the_same_are_refused_at_once() -> None:
    with pytest.raises(UserError, match=r"task type 'a' is claimed by --plugin x.py and --plugin y.py"):
        decide([offer(Rank.OPTION, "x", "a"), offer(Rank.OPTION, "y", "a")])


def test_a_broken_one_of_the_settings_is_not_replaced_by_the_installed_one() -> None:
    broken = Offer(
        rank=Rank.SETTINGS, name="x", value="x.py", origin="[plugins.x] of the settings", problem=Problem("no file")
    )

    roster = decide([broken, offer(Rank.PACKAGE, "x", "a"), offer(Rank.PACKAGE, "y", "b")])

    assert roster.refused["a"].why == "the plugin 'x' from [plugins.x] of the settings is broken: no file"
    assert winners(roster) == {"b": "y-pack 1.0"}


# -------------------------------------------------------------------------------------------- before anything runs


def test_tasks_of_a_disputed_type_are_missing_their_plugin_and_say_why() -> None:
    found, why, _ = CLASHES["type"]
    table = PluginTable(decide(found).entries())
    tasks = [pb.TaskTemplate(type=kind, id=pb.Identifier(name=f"t.{kind}")) for kind in ("a", "b", "gone")]

    first, second = missing(tasks, table, LocalSecrets())

    assert (first.name, first.why) == ("a", why)
    assert (second.name, second.why) == ("gone", "")


def test_a_plugin_that_cannot_say_whether_it_runs_a_task_does_not() -> None:
    class Torn(TaskPlugin[None]):
        id = "torn"
        task_types = frozenset({"a"})
        state_type = dict

        def runs(self, task: pb.TaskTemplate) -> bool:
            raise KeyError(task.type)

    [found] = missing([pb.TaskTemplate(type="a")], PluginTable([Entry(Torn())]), LocalSecrets())

    assert found.why == "the plugin 'torn' could not say whether it runs it: KeyError: 'a'"


def test_a_default_plugin_says_itself_what_it_finds_nothing_to_run_in(site: Site) -> None:
    table = PluginTable(usable_plugins(site).entries())
    process = pb.TaskTemplate(type="odd", id=pb.Identifier(name="t.odd"), container=pb.Container(image="i"))
    nothing = pb.TaskTemplate(type="spark", id=pb.Identifier(name="t.spark"))

    assert [each.name for each in missing([process, nothing], table, LocalSecrets())] == ["spark"]


def test_a_file_for_a_run_that_a_living_engine_would_take_is_refused(site: Site) -> None:
    site.plugins = ("sensor.py",)
    plan = load_plan(flow({"a": ""}))

    with serving(site, "e7"), pytest.raises(UserError, match=r"engine e7 is alive in .* and would run it") as caught:
        check_plugins(site, plan)

    assert "`volant engine --plugin sensor.py`" in caught.value.fix


def test_a_stand_in_says_no_to_everything() -> None:
    assert not RefusedPlugin("x", "why", "fix").runs(pb.TaskTemplate())
