"""Every command, file, link, setting and exit code that a page names is there, and the other way round."""

import re

import click
import pytest
from msgspec import structs
from pages import PAGES, ROOT, commands, links, prose, quoted, shown, table

from volant.cli import errors
from volant.cli.main import COMMANDS, cli
from volant.contracts import registry
from volant.plugins.python_task import Settings as TaskSettings
from volant.settings import PREFIX, Settings

DOCS = ROOT / "docs"
OPTION = re.compile(r"--?[a-z][a-z-]*")
MADE = {"docs/benchmarks.md"}
ORIGINS = ("src/", "tests/", "docs/", "tools/", "examples/", "requirements/")


def found(words):
    """The click command of `volant …` words, and the words that are left for it."""
    command, rest = cli, words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, *rest = rest
        command = command.get_command(click.Context(command), name)
        assert command is not None, f"there is no command {name!r}"
    return command, rest


def takes_any_option(command):
    return command.name == "run"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_command_exists_with_its_options(page):
    for words in commands(page):
        command, rest = found(words)
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
        given = {word.partition("=")[0] for word in rest if OPTION.fullmatch(word.partition("=")[0])}

        assert takes_any_option(command) or given <= known, f"{' '.join(words)}: {given - known}"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_resolves(page):
    broken = [link for link in links(page) if not (page.parent / link.partition("#")[0]).exists()]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_file_named_exists(page):
    named = [text.rstrip("/") for text in quoted(page) if text.startswith(ORIGINS) and " " not in text]

    assert [name for name in named if name not in MADE and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [text.split()[1] for text in quoted(page) if text.startswith("make ")]

    assert [name for name in named if name not in targets] == []


def test_every_file_of_the_contributor_s_lists_exists():
    below = [text for text in quoted(ROOT / "CONTRIBUTING.md") if re.fullmatch(r"[a-z_]+/[a-z_/]+(\.py)?/?", text)]
    places = [ROOT, ROOT / "src" / "volant"]

    assert [name for name in below if not any((place / name).exists() for place in places)] == []


def test_the_readme_names_the_test_command():
    assert "make test " in (ROOT / "README.md").read_text()


def test_every_command_is_told_of_in_the_changes():
    told = prose(ROOT / "CHANGELOG.md")

    assert [name for name in COMMANDS if f"`{name}`" not in told] == []


def test_every_setting_is_told_of_with_its_variable():
    page = DOCS / "settings.md"

    assert table(page, "Settings") == [field.name for field in structs.fields(Settings)]
    variables = {text for text in quoted(page) if text.startswith(PREFIX)}
    assert {PREFIX + name.upper() for name in table(page, "Settings") if name not in {"plugins", "quotas"}} <= variables


def test_every_setting_of_python_tasks_is_told_of_with_its_default():
    text = (DOCS / "settings.md").read_text()

    for field in structs.fields(TaskSettings):
        assert re.search(
            rf"\| `{field.name}` \| `{field.default:g}` \||\| `{field.name}` \| `{field.default}` \|", text
        )


def test_every_exit_code_is_told_of():
    codes = [errors.OK, errors.FAILED, errors.USAGE, errors.ABORTED, errors.BROKEN, errors.INTERRUPTED]

    assert table(DOCS / "settings.md", "Exit codes") == [str(code) for code in codes]


def test_every_entry_point_group_is_told_of():
    assert table(DOCS / "settings.md", "Entry points") == [registry.PLUGINS, registry.TYPES]


def test_every_exit_of_bad_input_is_one_we_have():
    lines = [line for line in (DOCS / "bad-input.md").read_text().splitlines() if line.startswith("| ")]
    exits = {line.split(" | ")[2].rstrip(" |") for line in lines} - {"exit"}

    assert exits <= set(table(DOCS / "settings.md", "Exit codes"))
