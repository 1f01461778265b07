"""What type checkers must refuse: a line ends in "# wrong:", the codes of mypy, "|" and the rules of pyright."""

from datetime import timedelta

from volant import (
    ImperativeWorkflow,
    LaunchPlan,
    WorkflowError,
    create_node,
    reference_launch_plan,
    reference_task,
    reference_workflow,
    run,
    task,
    workflow,
)


@task
def add(a: int, b: int = 1) -> int:
    return a + b


@task
def quiet() -> None: ...


@task
def tidy(err: WorkflowError | None = None) -> None:
    if err:
        print(err.node)  # wrong: attr-defined | reportAttributeAccessIssue
    return err.message  # wrong: return-value, union-attr | reportOptionalMemberAccess, reportReturnType


def plain(n: int) -> int:
    return n


@reference_task("project", "domain", "far.away", "v1")
def far(n: int) -> str:
    raise NotImplementedError


@workflow
def flow(n: int) -> str:
    add("x")  # wrong: arg-type | reportArgumentType
    add(n, c=n)  # wrong: call-arg | reportCallIssue
    far("x")  # wrong: arg-type | reportArgumentType
    add(far(n))  # wrong: arg-type | reportArgumentType
    print(quiet() >> quiet())  # wrong: operator | reportOperatorIssue
    create_node(add, "x")  # wrong: arg-type | reportArgumentType
    create_node(add, 1, 2, 3)  # wrong: call-arg | reportCallIssue
    create_node(add)  # wrong: call-arg | reportCallIssue
    create_node(plain, 1)  # wrong: arg-type | reportArgumentType, reportCallIssue
    create_node(3)  # wrong: arg-type | reportArgumentType, reportCallIssue
    create_node(quiet).runs_before(quiet)  # wrong: arg-type | reportArgumentType
    return add(n)  # wrong: return-value | reportReturnType


# Workflows
flow("x")  # wrong: arg-type | reportArgumentType
flow()  # wrong: call-arg | reportCallIssue
flow(1, 2)  # wrong: call-arg | reportCallIssue
number: int = flow(1)  # wrong: assignment | reportAssignmentType
print(flow.nodes)  # wrong: attr-defined | reportAttributeAccessIssue
workflow(failure_policy="FAIL_IMMEDIATELY")  # wrong: call-overload | reportArgumentType
workflow(interruptible=1.5)  # wrong: call-overload | reportArgumentType
workflow(on_failure=plain)  # wrong: call-overload | reportArgumentType
workflow(on_failure="tidy")  # wrong: call-overload | reportArgumentType
workflow(retries=3)  # wrong: call-overload | reportCallIssue
workflow(3)  # wrong: call-overload | reportArgumentType

# Overrides
node = create_node(quiet)
node.with_overrides(node_name=3)  # wrong: arg-type | reportArgumentType
node.with_overrides(name=3)  # wrong: arg-type | reportArgumentType
node.with_overrides(aliases=["a"])  # wrong: arg-type | reportArgumentType
node.with_overrides(retries="3")  # wrong: arg-type | reportArgumentType
node.with_overrides(timeout="5m")  # wrong: arg-type | reportArgumentType
node.with_overrides(interruptible="no")  # wrong: arg-type | reportArgumentType
node.with_overrides(requests="1")  # wrong: arg-type | reportArgumentType
node.with_overrides(limits="1Gi")  # wrong: arg-type | reportArgumentType
node.with_overrides(resources={"cpu": 1})  # wrong: arg-type | reportArgumentType
node.with_overrides(cache="1")  # wrong: arg-type | reportArgumentType
node.with_overrides(cache_version=1)  # wrong: arg-type | reportArgumentType
node.with_overrides(cache_serialize="yes")  # wrong: arg-type | reportArgumentType
node.with_overrides(container_image=3)  # wrong: arg-type | reportArgumentType
node.with_overrides(accelerator="nvidia-l4")  # wrong: arg-type | reportArgumentType
node.with_overrides(shared_memory=False)  # wrong: arg-type | reportArgumentType
node.with_overrides(pod_template={})  # wrong: arg-type | reportArgumentType
node.with_overrides(retry=3)  # wrong: arg-type | reportArgumentType
node.with_overrides(timedelta(minutes=1))  # wrong: arg-type, call-arg | reportCallIssue

# Launch plans
LaunchPlan.get_or_create(add)  # wrong: arg-type | reportArgumentType
LaunchPlan.get_or_create(flow, 3)  # wrong: arg-type | reportArgumentType
LaunchPlan.get_or_create(flow, "a", default_inputs=["n"])  # wrong: arg-type | reportArgumentType
LaunchPlan.get_or_create(flow, "a", max_parallelism="4")  # wrong: arg-type | reportArgumentType
LaunchPlan.get_or_create(flow, "a", labels={"a": 1})  # wrong: dict-item | reportArgumentType
LaunchPlan.get_or_create(flow, "a", annotations=3)  # wrong: arg-type | reportArgumentType
LaunchPlan.get_or_create(flow, "a", raw_output_data_config=3)  # wrong: arg-type | reportArgumentType
LaunchPlan.create("a", flow, priority=3)  # wrong: call-arg | reportCallIssue
LaunchPlan.get_or_create(flow)(3)  # wrong: call-arg | reportCallIssue
again: int = LaunchPlan.get_default_launch_plan(flow)(n=3)  # wrong: assignment | reportAssignmentType

# Call by call
made = ImperativeWorkflow()  # wrong: call-arg | reportCallIssue
made = ImperativeWorkflow("made", failure_policy="x")  # wrong: arg-type | reportArgumentType
made.add_workflow_input(3, int)  # wrong: arg-type | reportArgumentType
made.add_task(plain, n=1)  # wrong: arg-type | reportArgumentType
made.add_task(flow, n=1)  # wrong: arg-type | reportArgumentType
made.add_subwf(add, a=1)  # wrong: arg-type | reportArgumentType
made.add_launch_plan(flow, n=1)  # wrong: arg-type | reportArgumentType
made.add_entity(plain, n=1)  # wrong: arg-type | reportArgumentType
made.add_on_failure_handler(plain)  # wrong: arg-type | reportArgumentType
made.add_workflow_output("o0")  # wrong: call-arg | reportCallIssue

# Elsewhere
reference_task("project", "domain", "name")  # wrong: call-arg | reportCallIssue
reference_workflow("project", "domain", "name", 1)  # wrong: arg-type | reportArgumentType
reference_launch_plan(project="project")  # wrong: call-arg | reportCallIssue

# Runs
run(plain, n=1)  # wrong: arg-type | reportArgumentType
run(flow, 1)  # wrong: call-arg | reportCallIssue
print(run(flow, n=1).output)  # wrong: attr-defined | reportAttributeAccessIssue
count: int = run(flow, n=1).outputs  # wrong: assignment | reportAssignmentType
