"""What every plugin must hold to.

Subclass `PluginSuite` in your tests, name the plugin's `build` (as a staticmethod) and override the fixture
`work` with tasks that end well by themselves. A plugin that starts processes overrides `launchers` too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest

from volant.contracts.launcher import Launcher
from volant.contracts.plugin import Builder, TaskStatus
from volant.idl import pb
from volant.testing.plugin_context import FakeAttempt
from volant.testing.plugin_host import PluginHost


class Work(NamedTuple):
    """One task to run: it must end well by itself.

    Attributes:
        task: Its template.
        inputs: By name.
        outputs: What must come out, by name.
    """

    task: pb.TaskTemplate
    inputs: Mapping[str, pb.Literal] = {}
    outputs: Mapping[str, pb.Literal] = {}


Scene = Callable[[PluginHost, FakeAttempt], Awaitable[None]]


class PluginSuite:
    """Whole lives of attempts, with a crash wherever one can come.

    Attributes:
        build: Makes the plugin.
        settings: `[plugins.<id>]` for it.
    """

    build: ClassVar[Builder]
    settings: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def work(self) -> Work:
        """What to run; give it parameters to run several."""
        raise NotImplementedError("say what to run: override the fixture `work`")

    @pytest.fixture
    def launchers(self) -> Callable[[], Mapping[str, Launcher]]:
        """Makes the launchers a process plugin needs, not started; called again at each restart."""
        return dict

    @pytest.fixture
    def effects(self) -> Callable[[], Sequence[str]]:
        """Lists what was started outside, by name; a name twice is one effect too many."""
        return list

    @pytest.fixture
    def play(
        self,
        work: Work,
        launchers: Callable[[], Mapping[str, Launcher]],
        effects: Callable[[], Sequence[str]],
        tmp_path: Path,
    ) -> Callable[[Scene], None]:
        """Plays a scene with a host and one attempt, then looks at the effects."""

        async def played(scene: Scene) -> None:
            build = type(self).build
            async with PluginHost(build, settings=self.settings, make_launchers=launchers) as host:
                await scene(host, FakeAttempt(host.plugin, work.task, work.inputs, root=tmp_path))
            started = effects()
            assert len(started) == len(set(started)), f"started more than once: {started}"

        def play(scene: Scene) -> None:
            asyncio.run(played(scene))

        return play

    def test_it_says_what_it_is(self) -> None:
        """Id, task types and limits are such that the engine can register it."""
        plugin = type(self).build()
        assert plugin.id
        assert plugin.default or plugin.task_types
        assert plugin.properties.generated_name_max_length >= 14
        assert plugin.state_version >= 1

    def test_an_attempt_lives_from_start_to_finalize(self, play: Callable[[Scene], None], work: Work) -> None:
        """It ends well and gives its outputs."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            status = await host.live(ctx)
            await _assert_ended_well(host, ctx, status, work)
            await host.finalize(ctx)

        play(scene)

    def test_nothing_but_the_saved_state_is_needed(self, play: Callable[[Scene], None], work: Work) -> None:
        """A new engine before every call changes nothing."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            status: TaskStatus[Any] | None = None
            while status is None or not status.phase.is_terminal:
                status = await host.step(ctx, status)
                host.save(ctx, status)
                await host.restart()
            await _assert_ended_well(host, ctx, status, work)
            await host.finalize(ctx)

        play(scene)

    def test_a_crash_between_a_call_and_its_commit_is_harmless(self, play: Callable[[Scene], None], work: Work) -> None:
        """Every call is made, forgotten, and made again by a new engine."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            status: TaskStatus[Any] | None = None
            while status is None or not status.phase.is_terminal:
                await host.step(ctx, status)
                await host.restart()
                status = await (host.start(ctx) if not ctx.saved else host.look(ctx))
                host.save(ctx, status)
            await _assert_ended_well(host, ctx, status, work)
            await host.finalize(ctx)

        play(scene)

    def test_an_end_once_seen_is_seen_again(self, play: Callable[[Scene], None]) -> None:
        """Looking once more at what is over, before it was committed, finds the same end."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            status: TaskStatus[Any] | None = None
            while True:
                following = await host.step(ctx, status)
                if following.phase.is_terminal:
                    break
                status = following
                host.save(ctx, status)
            again = await (host.start(ctx) if status is None else host.look(ctx))
            assert again == following

        play(scene)

    def test_killing_twice_is_killing_once(self, play: Callable[[Scene], None]) -> None:
        """What is gone already is fine, also after a restart."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            host.save(ctx, await host.start(ctx))
            await host.kill(ctx)
            await host.kill(ctx)
            await host.restart()
            await host.kill(ctx)
            await host.finalize(ctx)

        play(scene)

    def test_a_start_that_was_forgotten_can_be_killed(self, play: Callable[[Scene], None]) -> None:
        """The engine died before the first state was on record; the generated name must do."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            await host.start(ctx)
            await host.restart()
            await host.kill(ctx)
            await host.finalize(ctx)

        play(scene)

    def test_what_never_started_can_be_killed_and_finalized(self, play: Callable[[Scene], None]) -> None:
        """An abort may come before the first call."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            await host.kill(ctx)
            await host.finalize(ctx)

        play(scene)

    def test_finalizing_twice_is_finalizing_once(self, play: Callable[[Scene], None]) -> None:
        """A crash before its commit repeats it."""

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            await host.live(ctx)
            await host.finalize(ctx)
            await host.finalize(ctx)
            await host.restart()
            await host.finalize(ctx)

        play(scene)

    def test_template_and_inputs_stay_as_they_were(self, play: Callable[[Scene], None], work: Work) -> None:
        """They are the engine's; a plugin only reads them."""
        task, inputs = work.task.SerializeToString(deterministic=True), pb.LiteralMap(literals=work.inputs)

        async def scene(host: PluginHost, ctx: FakeAttempt) -> None:
            await host.live(ctx)
            assert ctx.template().SerializeToString(deterministic=True) == task
            assert ctx.inputs() == inputs
            await host.finalize(ctx)

        play(scene)


async def _assert_ended_well(host: PluginHost, ctx: FakeAttempt, status: TaskStatus[Any], work: Work) -> None:
    assert status.phase == status.phase.SUCCEEDED, f"ended as {status.phase.name}: {status.error}"
    assert await host.outputs(ctx, status) == pb.LiteralMap(literals=work.outputs)
