"""Task type "core-sleep": does nothing for a while, in the engine itself.

How long is the task's `volant.plugins.Sleep` message, or its input "duration" (a duration, or seconds as a
number), which wins.
"""

import datetime as dt
import math

from msgspec import Struct

from volant.base.clock import SECOND_US, Clock, micros
from volant.base.errors import UserError
from volant.contracts.plugin import PluginProperties, PluginSetup, TaskContext, TaskPlugin, TaskStatus
from volant.idl import pb
from volant.idl.messages import Sleep, from_custom
from volant.kit.refusal import refused

_SHORTEST_LOOK_US = 1000


class SleepState(Struct, frozen=True):
    """What a sleeping attempt must remember.

    Attributes:
        until_us: When it is over, in microseconds since 1970, UTC.
    """

    until_us: int


class CoreSleep(TaskPlugin[SleepState]):
    """Succeeds, without outputs, once the time is over. Its methods never suspend."""

    id = "core-sleep"
    task_types = frozenset({"core-sleep"})
    state_type = SleepState
    properties = PluginProperties(inline=True)
    _clock: Clock

    def initialize(self, setup: PluginSetup) -> None:
        """Take the engine's time."""
        self._clock = setup.clock

    async def start_task(
        self, ctx: TaskContext[SleepState], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[SleepState]:
        """Fall asleep; no time at all succeeds at once."""
        try:
            length_us = _length_us(task, inputs)
        except UserError as problem:
            return refused(problem)
        if length_us == 0:
            return TaskStatus.succeeded(pb.LiteralMap())
        return self._look(SleepState(self._clock.now_us() + length_us))

    async def check_task_status(self, ctx: TaskContext[SleepState]) -> TaskStatus[SleepState]:
        """Still asleep, or over."""
        assert ctx.state is not None
        return self._look(ctx.state)

    async def kill_task(self, ctx: TaskContext[SleepState], reason: str) -> None:
        """Nothing runs outside; there is nothing to stop."""

    def _look(self, state: SleepState) -> TaskStatus[SleepState]:
        left_us = state.until_us - self._clock.now_us()
        if left_us <= 0:
            return TaskStatus.succeeded(pb.LiteralMap(), state)
        wait = dt.timedelta(microseconds=max(left_us, _SHORTEST_LOOK_US))
        return TaskStatus.running(state, check_after=wait)


def _length_us(task: pb.TaskTemplate, inputs: pb.LiteralMap) -> int:
    """How long to sleep, in microseconds.

    Raises:
        UserError: It is no time, or a negative one.
    """
    if "duration" in inputs.literals:
        length_us = _input_us(inputs.literals["duration"])
    else:
        length_us = micros(from_custom(task, Sleep).duration.ToTimedelta())
    if length_us < 0:
        raise UserError(f"duration: a task cannot sleep {length_us / 1e6} s", fix="give 0 s or more")
    return length_us


def _input_us(literal: pb.Literal) -> int:
    primitive = literal.scalar.primitive
    match primitive.WhichOneof("value"):
        case "duration":
            return micros(primitive.duration.ToTimedelta())
        case "float_value":
            return _from_seconds(primitive.float_value)
        case "integer":
            return int(primitive.integer) * SECOND_US
    raise UserError("input 'duration' is not a time", fix="give a timedelta, or seconds as a number")


def _from_seconds(seconds: float) -> int:
    if not math.isfinite(seconds):
        raise UserError(f"duration: a task cannot sleep {seconds} s", fix="give a finite number of seconds")
    return round(seconds * SECOND_US)


def build() -> CoreSleep:
    """What the entry point names."""
    return CoreSleep()
