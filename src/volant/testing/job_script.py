"""How a job of the double `HttpJobService` goes: a function of time, so that nothing has to run for it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class JobScript(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a job goes.

    Attributes:
        duration_s: From its creation to its end.
        phases: What it says before its end; each takes an equal part of the duration.
        code: Why it fails; "" when it succeeds.
        message: What it says of its failure.
        outputs: What it gives when it succeeds; None for its own spec.
    """

    duration_s: float = 5.0
    phases: tuple[str, ...] = ("QUEUED", "RUNNING")
    code: str = ""
    message: str = "this job was told to fail"
    outputs: Mapping[str, Any] | None = None

    def phase(self, age_s: float) -> str:
        """What it says at that age."""
        if age_s >= self.duration_s or not self.phases:
            return "FAILED" if self.code else "SUCCEEDED"
        return self.phases[int(max(age_s, 0.0) * len(self.phases) / self.duration_s)]

    def changes_s(self) -> list[float]:
        """The ages at which it says something new, in order; the last is its end."""
        count = len(self.phases)
        return [self.duration_s * (index + 1) / count for index in range(count)] or [0.0]


class ScriptedJob(Struct, frozen=True, kw_only=True):
    """One job.

    Attributes:
        id: The service's own.
        name: The caller's.
        spec: What was asked for.
        script: How it goes.
        begun_s: When it was created, by the loop's time.
    """

    id: str
    name: str
    spec: Any
    script: JobScript
    begun_s: float

    def is_over(self, now_s: float) -> bool:
        """Whether it has ended by itself."""
        return self.seen(now_s)["phase"] in {"SUCCEEDED", "FAILED"}

    def seen(self, now_s: float) -> dict[str, Any]:
        """What the service says of it: id, name, phase, and at the end `outputs` or `error`."""
        phase, script = self.script.phase(now_s - self.begun_s), self.script
        told = {"id": self.id, "name": self.name, "phase": phase}
        if phase == "FAILED":
            return {**told, "error": {"code": script.code, "message": script.message}}
        if phase == "SUCCEEDED":
            return {**told, "outputs": self.spec if script.outputs is None else script.outputs}
        return told
