"""Settings: which layer wins, where a value came from, what is refused."""

import pytest

from volant.base.errors import UserError
from volant.contracts.quotas import PoolLimits
from volant.settings import Origin, load_settings


def origin(loaded, name):
    return next(each for each in loaded.origins if each.name == name)


def test_without_anything_every_setting_has_its_default(tmp_path):
    loaded = load_settings({}, {}, tmp_path)

    assert {each.source for each in loaded.origins} == {"default"}
    assert (loaded.settings.project, loaded.settings.domain) == ("flytesnacks", "development")
    assert loaded.settings.home.endswith("volant")


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path):
    (tmp_path / "volant.toml").write_text('project = "filed"\ndomain = "filed"\nmax_parallelism = 2\n')
    environ = {"VOLANT_PROJECT": "environed", "VOLANT_DOMAIN": "environed"}

    loaded = load_settings({"project": "flagged", "home": None}, environ, tmp_path)

    assert origin(loaded, "project") == Origin("project", "flagged", "--project")
    assert origin(loaded, "domain") == Origin("domain", "environed", "VOLANT_DOMAIN")
    assert origin(loaded, "max_parallelism") == Origin("max_parallelism", 2, str(tmp_path / "volant.toml"))


def test_the_nearest_file_up_the_tree_counts(tmp_path):
    (tmp_path / "volant.toml").write_text('project = "far"')
    (tmp_path / "near" / "deep").mkdir(parents=True)
    (tmp_path / "near" / "pyproject.toml").write_text('[tool.volant]\nproject = "near"')

    assert load_settings({}, {}, tmp_path / "near" / "deep").settings.project == "near"


def test_a_pyproject_without_our_table_is_passed_over(tmp_path):
    (tmp_path / "volant.toml").write_text('project = "far"')
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "pyproject.toml").write_text('[project]\nname = "x"')

    assert load_settings({}, {}, tmp_path / "near").settings.project == "far"


def test_a_relative_home_in_a_file_starts_at_that_file(tmp_path):
    (tmp_path / "volant.toml").write_text('home = "data"')
    (tmp_path / "below").mkdir()

    assert load_settings({}, {}, tmp_path / "below").settings.home == str(tmp_path / "data")


def test_texts_from_the_environment_become_numbers(tmp_path):
    loaded = load_settings({}, {"VOLANT_MAX_PARALLELISM": "8", "VOLANT_CORES": "1.5"}, tmp_path)

    assert (loaded.settings.max_parallelism, loaded.settings.cores) == (8, 1.5)


def test_plugins_get_their_tables_as_they_are(tmp_path):
    (tmp_path / "volant.toml").write_text("[plugins.python-task]\nkill_grace_s = 30\n")

    assert load_settings({}, {}, tmp_path).settings.plugins == {"python-task": {"kill_grace_s": 30}}


def test_an_unknown_setting_is_refused_with_the_nearest_name(tmp_path):
    (tmp_path / "volant.toml").write_text("max_paralelism = 2")

    with pytest.raises(UserError, match="there is no setting 'max_paralelism'") as caught:
        load_settings({}, {}, tmp_path)

    assert caught.value.fix == "did you mean 'max_parallelism'?"


def test_a_wrong_type_in_a_file_names_the_file(tmp_path):
    (tmp_path / "volant.toml").write_text('max_parallelism = "two"')

    with pytest.raises(UserError, match=r"volant.toml: max_parallelism = 'two' is not possible"):
        load_settings({}, {}, tmp_path)


def test_a_wrong_type_in_the_environment_names_the_variable(tmp_path):
    with pytest.raises(UserError, match="VOLANT_CORES = 'many' is not possible"):
        load_settings({}, {"VOLANT_CORES": "many"}, tmp_path)


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    (tmp_path / "volant.toml").write_text("project :")

    with pytest.raises(UserError, match="cannot be read"):
        load_settings({}, {}, tmp_path)


def test_pools_get_their_limits(tmp_path):
    (tmp_path / "volant.toml").write_text("[quotas.warehouse]\ntotal = 50\nper_project = 10\n[quotas.free]\n")

    pools = load_settings({}, {}, tmp_path).settings.quotas

    assert pools == {"warehouse": PoolLimits(total=50, per_project=10), "free": PoolLimits()}


@pytest.mark.parametrize("table", ["total = -1", 'total = "many"', "totl = 5"])
def test_limits_that_are_none_are_refused_with_the_pool_and_what_it_may_have(tmp_path, table):
    (tmp_path / "volant.toml").write_text(f"[quotas.warehouse]\n{table}\n")

    with pytest.raises(UserError, match=r"volant\.toml: quotas\.warehouse = .* is not possible") as caught:
        load_settings({}, {}, tmp_path)

    assert "`total` and `per_project`" in caught.value.fix


def test_quotas_that_are_no_table_are_refused(tmp_path):
    (tmp_path / "volant.toml").write_text("quotas = 5\n")

    with pytest.raises(UserError, match=r"quotas = 5 is not possible"):
        load_settings({}, {}, tmp_path)
