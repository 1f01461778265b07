"""What type checkers must refuse: every line that ends in a mark, for the code it names, and no other."""

from volant import Resources, create_node, task, workflow


@task
def add(a: int, b: int = 1) -> int:
    return a + b


@task
async def slow(n: int) -> int:
    return n


@workflow
def flow(n: int) -> str:
    add("x")  # wrong: arg-type
    add(1, c=2)  # wrong: call-arg
    slow("x")  # wrong: arg-type
    create_node(add, "x")  # wrong: arg-type
    create_node(add, 1, 2, 3)  # wrong: call-arg
    return add(n)  # wrong: return-value


@task(retry=3)  # wrong: call-overload, untyped-decorator
def misspelt() -> None: ...


@task(retries="3")  # wrong: call-overload, untyped-decorator
def text() -> None: ...


@task(isolation="own")  # wrong: call-overload, untyped-decorator
def own() -> None: ...


Resources(memory="1Gi")  # wrong: call-arg
flow("x")  # wrong: arg-type
