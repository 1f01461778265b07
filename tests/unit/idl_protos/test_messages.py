"""Our messages in a task's custom part."""

import datetime as dt

import pytest

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.messages import Echo, Sleep, from_custom, to_custom


def task(custom):
    template = pb.TaskTemplate(type="echo", custom=custom)
    template.id.name = "flights.nap"
    return template


@pytest.mark.parametrize(
    "message",
    [
        Sleep(duration=dt.timedelta(milliseconds=1500)),
        Echo(phases=["QUEUED", "RUNNING"], looks=2, code="Broken", permanent=True),
        Echo(),
    ],
)
def test_a_message_comes_back_as_it_went_in(message):
    assert from_custom(task(to_custom(message)), type(message)) == message


def test_it_travels_in_proto3_json_form():
    assert dict(to_custom(Sleep(duration=dt.timedelta(seconds=5)))) == {"duration": "5s"}


def test_another_message_is_refused_with_the_task_and_the_field():
    with pytest.raises(UserError, match=r"'flights.nap'.*volant.plugins.Sleep.*looks") as caught:
        from_custom(task(to_custom(Echo(looks=1))), Sleep)

    assert "volant.plugins.Sleep" in caught.value.fix
