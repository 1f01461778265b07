"""The sample plugins hold to every rule."""

import functools

import pytest
from samples import QueryPlugin, QueryPluginOf1, RenderPlugin, SensorPlugin, Shelf
from scenes import BAD, GOOD, SECRETS, jobs_service, jobs_work, sensor_work

from volant.testing import PluginSuite


class TestRender(PluginSuite):
    build = staticmethod(RenderPlugin)

    @pytest.fixture(params=[GOOD, BAD], ids=["good", "bad"])
    def script(self, request):
        return request.param

    @pytest.fixture
    def work(self, script):
        return jobs_work("render", script)

    @pytest.fixture
    def service(self, script):
        return functools.partial(jobs_service, script)


class TestQuery(TestRender):
    build = staticmethod(QueryPlugin)
    older = (QueryPluginOf1,)
    secrets = SECRETS

    @pytest.fixture
    def work(self, script):
        return jobs_work("query", script)


class TestSensor(PluginSuite):
    build = staticmethod(SensorPlugin)

    @pytest.fixture
    def work(self):
        return sensor_work()

    @pytest.fixture
    def service(self):
        return lambda: Shelf(from_s=5)


class TestSensorThatWaitsForNothing(TestSensor):
    @pytest.fixture
    def work(self):
        return sensor_work(fails="NeverCame")

    @pytest.fixture
    def service(self):
        return lambda: Shelf(from_s=1_000)
