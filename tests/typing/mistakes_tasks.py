"""What type checkers must refuse: a line ends in "# wrong:", the codes of mypy, "|" and the rules of pyright."""

from typing import NamedTuple

from volant import (
    Cache,
    Deck,
    Documentation,
    GPUAccelerator,
    PodTemplate,
    PythonFunctionTask,
    Resources,
    Secret,
    accelerators,
    current_context,
    task,
)
from volant.extend import VersionParameters
from volant.testing import task_mock


class Stats(NamedTuple):
    total: int
    name: str


class NoPolicy:
    def get_version(self, salt: int, params: VersionParameters) -> str:
        return str(salt)


@task
def add(a: int, b: int = 1) -> int:
    return a + b


@task
def stats(n: int) -> Stats:
    return Stats(n, "x")


@task
def pair() -> tuple[int, str]:
    return 1, "x"


@task
async def slow(n: int) -> int:
    return n


def plain(n: int) -> int:
    return n


# Calls
add("x")  # wrong: arg-type | reportArgumentType
add()  # wrong: call-arg | reportCallIssue
add(1, c=2)  # wrong: call-arg | reportCallIssue
add(1, 2, 3)  # wrong: call-arg | reportCallIssue
slow("x")  # wrong: arg-type | reportArgumentType
slow(1).bit_count(2)  # wrong: call-arg | reportCallIssue
text: str = add(1)  # wrong: assignment | reportAssignmentType
print(stats(1).totl)  # wrong: attr-defined | reportAttributeAccessIssue
one, two, three = stats(1)  # wrong: misc | reportAssignmentType
four, five, six = pair()  # wrong: misc | reportAssignmentType
words: list[str] = [pair()[0]]  # wrong: list-item | reportAssignmentType
wrong: PythonFunctionTask[[str], int] = slow  # wrong: assignment | reportAssignmentType
print(add.retries)  # wrong: attr-defined | reportAttributeAccessIssue
add(1).with_overrides(retries=3)  # wrong: attr-defined | reportAttributeAccessIssue

# Options that do not exist
task(retry=3)  # wrong: call-overload | reportCallIssue
task(disable_deck=True)  # wrong: call-overload | reportCallIssue
task(3)  # wrong: call-overload | reportArgumentType, reportCallIssue
task(plain, retries=3)  # wrong: call-overload | reportCallIssue

# Options of the wrong type
task(retries="3")  # wrong: call-overload | reportArgumentType
task(timeout="5m")  # wrong: call-overload | reportArgumentType
task(cache="1")  # wrong: call-overload | reportArgumentType
task(cache_version=1)  # wrong: call-overload | reportArgumentType
task(cache_serialize="yes")  # wrong: call-overload | reportArgumentType
task(cache_ignore_input_vars=["a"])  # wrong: call-overload | reportArgumentType
task(interruptible="no")  # wrong: call-overload | reportArgumentType
task(deprecated=True)  # wrong: call-overload | reportArgumentType
task(requests={"cpu": "1"})  # wrong: call-overload | reportArgumentType
task(limits="1Gi")  # wrong: call-overload | reportArgumentType
task(resources=3)  # wrong: call-overload | reportArgumentType
task(environment={"A": 1})  # wrong: dict-item | reportArgumentType
task(isolation="own")  # wrong: call-overload | reportArgumentType
task(container_image=3)  # wrong: call-overload | reportArgumentType
task(accelerator="nvidia-l4")  # wrong: call-overload | reportArgumentType
task(shared_memory=False)  # wrong: call-overload | reportArgumentType
task(secret_requests=["db/password"])  # wrong: list-item | reportArgumentType
task(pod_template={"containers": []})  # wrong: call-overload | reportArgumentType
task(pod_template_name=3)  # wrong: call-overload | reportArgumentType
task(enable_deck="yes")  # wrong: call-overload | reportArgumentType
task(deck_fields=("Input",))  # wrong: arg-type | reportArgumentType
task(docs=3)  # wrong: call-overload | reportArgumentType
task(labels={"team": 1})  # wrong: dict-item | reportArgumentType
task(annotations=["note"])  # wrong: call-overload | reportArgumentType
task(task_resolver="resolver")  # wrong: call-overload | reportArgumentType


@task(retries="3")  # wrong: call-overload, untyped-decorator | reportArgumentType
def decorated() -> None: ...


# What options are made of
Resources(memory="1Gi")  # wrong: call-arg | reportCallIssue
Resources(cpu={"1": "2"})  # wrong: arg-type | reportArgumentType
Resources(mem=("1", "2", "3"))  # wrong: arg-type | reportArgumentType
Cache(version=1)  # wrong: arg-type | reportArgumentType
Cache(policies=[NoPolicy()])  # wrong: list-item | reportArgumentType
Secret(group=1)  # wrong: arg-type | reportArgumentType
Secret(group="db", mount_requirement="file")  # wrong: arg-type | reportArgumentType
PodTemplate(labels={"a": 1})  # wrong: dict-item | reportArgumentType
GPUAccelerator()  # wrong: call-arg | reportCallIssue
print(accelerators.B100)  # wrong: attr-defined | reportAttributeAccessIssue
Documentation(long_description="text")  # wrong: arg-type | reportArgumentType

# The context
print(current_context().retries)  # wrong: attr-defined | reportAttributeAccessIssue
current_context().checkpoint.write("half")  # wrong: arg-type | reportArgumentType
current_context().secrets.get("db", encode_mode="w")  # wrong: call-overload | reportArgumentType, reportCallIssue
print(current_context().secrets.db.password.user)  # wrong: attr-defined | reportAttributeAccessIssue
current_context().default_deck.append(3)  # wrong: arg-type | reportArgumentType
Deck()  # wrong: call-arg | reportCallIssue

with task_mock(plain):  # wrong: arg-type | reportArgumentType
    pass
