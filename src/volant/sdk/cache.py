"""How a task's outputs are kept and found again: `@task(cache=Cache(version="1"))`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from volant.sdk.checked import check, complain, shown
from volant.sdk.errors import AuthoringError
from volant.sdk.option_checks import is_text
from volant.sdk.pod import PodTemplate

SAY_VERSION = 'write Cache(version="1") and change it when the same inputs shall give something new'


@dataclass(frozen=True)
class VersionParameters:
    """What a cache policy makes a version of.

    Attributes:
        func: The task's function.
        container_image: The task's image, or None.
        pod_template: The task's pod, or None.
        pod_template_name: Name of a pod template on the cluster, or None.

    Source: flytekit `VersionParameters` (core/cache.py).
    """

    func: Callable[..., Any]
    container_image: str | None = None
    pod_template: PodTemplate | None = None
    pod_template_name: str | None = None


@runtime_checkable
class CachePolicy(Protocol):
    """Makes a version of what a task is, so that nobody has to change one by hand."""

    def get_version(self, salt: str, params: VersionParameters) -> str:
        """A text that changes when the same inputs shall give something new; equal in every process.

        Args:
            salt: The author's, from `Cache`.
            params: The task.
        """
        ...


@dataclass(frozen=True)
class Cache:
    """Keep a task's outputs, and find them again by its inputs.

    Attributes:
        version: Changed by the author when the same inputs shall give something new. Without one, `policies`
            make it.
        serialize: Whether equal calls at the same time wait for the first.
        ignored_inputs: Inputs that do not count.
        salt: For the policies; a version of the author's does not depend on it.
        policies: Make the version, all of them together.

    Raises:
        AuthoringError: It has neither a version nor a policy, or a value is of the wrong kind.

    Source: flytekit `Cache` (core/cache.py).
    """

    version: str | None = None
    serialize: bool = False
    ignored_inputs: tuple[str, ...] | str = ()
    salt: str = ""
    policies: Sequence[CachePolicy] | CachePolicy | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check(
            self,
            (
                ("version", self.version is None or _is_text(self.version), SAY_VERSION),
                ("serialize", isinstance(self.serialize, bool), "write True or False"),
                ("ignored_inputs", _are_names(self.ignored_inputs), 'write names of inputs, e.g. ("seed",)'),
                ("salt", isinstance(self.salt, str), "write a text"),
                ("policies", _are_policies(self.policies), "give objects with get_version(salt, params)"),
            ),
        )
        if self.version is None and not self._policies():
            complain(self, "it has neither a version nor policies that make one", SAY_VERSION)
            object.__setattr__(self, "version", "0")

    @property
    def ignored(self) -> tuple[str, ...]:
        """The inputs that do not count."""
        return (self.ignored_inputs,) if isinstance(self.ignored_inputs, str) else tuple(self.ignored_inputs)

    def version_of(self, params: VersionParameters) -> str:
        """The version: the author's, or the SHA-256 of what the policies say, in hexadecimal.

        Raises:
            AuthoringError: A policy fails.
        """
        if self.version is not None:
            return self.version
        import hashlib

        said = "".join(self._ask(policy, params) for policy in self._policies())
        return hashlib.sha256(said.encode()).hexdigest()

    def _ask(self, policy: CachePolicy, params: VersionParameters) -> str:
        try:
            found = policy.get_version(self.salt, params)
        except Exception as error:
            name = type(policy).__qualname__
            raise AuthoringError(
                f"Cache: the policy {name} cannot make a version: {type(error).__name__}: {error}", fix=SAY_VERSION
            ) from error
        if not is_text(found):
            told = f"Cache: the policy {type(policy).__qualname__} made the version {shown(found)}, which is no text"
            raise AuthoringError(told, fix="return a text from get_version()")
        return found

    def _policies(self) -> Sequence[CachePolicy]:
        if self.policies is None:
            return ()
        return self.policies if isinstance(self.policies, Sequence) else (self.policies,)


def _is_text(value: object) -> bool:
    return is_text(value) and bool(str(value).strip())


def _are_names(value: object) -> bool:
    return _is_text(value) or (isinstance(value, tuple | list) and all(map(_is_text, value)))


def _are_policies(value: object) -> bool:
    found = value if isinstance(value, Sequence) else (value,)
    return value is None or (not isinstance(value, str) and all(isinstance(each, CachePolicy) for each in found))
