"""What people call runs and nodes, and what is suggested when there is none."""

import pytest

from volant.app.find import display, find_action, find_run
from volant.app.site import Site
from volant.base.errors import NotFoundError, UserError
from volant.contracts.rows import Change
from volant.settings import Settings
from volant.testing.store_rows import PLAN, make_action, make_run


@pytest.fixture
def site(tmp_path):
    with Site(Settings(home=str(tmp_path), project="project")) as opened:
        yield opened


def with_actions(site, run, *rows):
    lease = site.store.open_engine()
    site.store.create_run(run, PLAN, lease)
    for row in rows:
        site.store.commit(lease, [Change(run.run, (row,))])


def test_a_run_is_found_by_name_and_by_identity(site):
    run = make_run("nightly")
    site.store.create_run(run, PLAN)

    assert find_run(site, "nightly").run == run.run
    assert find_run(site, "project:development:nightly").run == run.run


def test_of_several_runs_of_a_name_that_of_the_own_project_and_domain_is_meant(site):
    for domain in ("development", "production"):
        site.store.create_run(make_run("nightly", domain=domain), PLAN)

    assert find_run(site, "nightly").run == "project:development:nightly"


def test_several_foreign_runs_of_a_name_are_listed(site):
    for domain in ("staging", "production"):
        site.store.create_run(make_run("nightly", domain=domain), PLAN)

    with pytest.raises(UserError, match="several runs are called 'nightly'") as caught:
        find_run(site, "nightly")

    assert caught.value.fix == "name one of project:production:nightly, project:staging:nightly"


def test_a_run_that_does_not_exist_is_refused_with_a_close_name(site):
    site.store.create_run(make_run("nightly"), PLAN)

    with pytest.raises(NotFoundError) as caught:
        find_run(site, "nihgtly")

    assert caught.value.fix == "did you mean nightly?"


def test_a_node_is_found_by_path_then_by_display_name_then_by_its_task(site):
    run = make_run()
    with_actions(
        site,
        run,
        make_action(run.run, "n0", target="flights.load"),
        make_action(run.run, "n1", display="shown", target="flights.count"),
        make_action(run.run, "n1/0/n0", "n1", target="flights.add"),
    )

    names = {wanted: find_action(site, run.run, wanted).name for wanted in ("n1/0/n0", "load", "shown", "add", "count")}

    assert names == {"n1/0/n0": "n1/0/n0", "load": "n0", "shown": "n1", "add": "n1/0/n0", "count": "n1"}


def test_a_name_of_several_nodes_is_refused_with_their_paths(site):
    run = make_run()
    rows = [make_action(run.run, name, target="flights.load") for name in ("n0", "n1")]
    with_actions(site, run, *rows)

    with pytest.raises(UserError, match="several nodes of run-a are called 'load'") as caught:
        find_action(site, run.run, "load")

    assert caught.value.fix == "use n0, n1"


def test_a_node_that_does_not_exist_is_refused_with_a_close_name(site):
    run = make_run()
    with_actions(site, run, make_action(run.run, "n0", target="flights.load"))

    with pytest.raises(NotFoundError, match="run run-a has no node 'laod'") as caught:
        find_action(site, run.run, "laod")

    assert caught.value.fix == "did you mean load?"


def test_a_node_is_displayed_by_the_last_part_of_its_task_unless_it_has_a_name():
    run = make_run().run

    assert display(make_action(run, "n0", target="flights.load", display="n0")) == "load"
    assert display(make_action(run, "n0", target="flights.load", display="flights.load")) == "load"
    assert display(make_action(run, "n0", target="flights.load", display="first")) == "first"
