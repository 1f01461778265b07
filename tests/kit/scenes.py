"""What the sample plugins are tried with."""

from volant.idl.literals import primitive
from volant.testing.job_script import JobScript
from volant.testing.job_service import HttpJobService
from volant.testing.kit_work import Work
from volant.testing.plugin_context import make_task

SECRETS = {"warehouse/token": "t0p-s3cret"}
GOOD, BAD = JobScript(duration_s=10), JobScript(duration_s=10, code="BadQuery")


def jobs_work(task_type: str, script: JobScript) -> Work:
    return _asked(task_type, script, 3)._replace(beside=_asked(task_type, script, 4))


def _asked(task_type: str, script: JobScript, n: int) -> Work:
    values = {"n": primitive(n)}
    return Work(make_task(task_type), values, {} if script.code else values, fails=script.code)


def sensor_work(*, fails: str = "") -> Work:
    outputs = {} if fails else {"size": primitive(3)}
    return Work(make_task("sensor"), {"thing": primitive("book")}, outputs, fails=fails)


def jobs_service(script: JobScript) -> HttpJobService:
    """One that does not show what it has just made."""
    return HttpJobService(script, visible_after_s=3)
