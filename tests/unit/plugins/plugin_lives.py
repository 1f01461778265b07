"""Whole lives of the built-in plugins, and what they said in them."""

from volant.testing.kit_cast import Cast
from volant.testing.kit_life import play
from volant.testing.kit_plan import Plan
from volant.testing.kit_work import Work


def life_of(build, task, root, inputs=None, plan=None, **more):
    """One life, on the real engine in virtual time."""
    work = Work(task, inputs or {})
    cast = Cast(**{"build": build, "work": work, "service": None, "launchers": lambda _: {}, "root": root, **more})
    return play(cast, plan or Plan())


def said(life):
    """Every status of a life, in order."""
    return [call.status for call in life.plugin_calls if call.status]
