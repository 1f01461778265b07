import subprocess
import sys

import pytest

FORBIDDEN = {
    "grpc", "sqlite3", "asyncio", "pandas", "http", "flyteidl", "google", "msgspec", "logging",
    "volant.engine", "volant.stores", "volant.launchers", "volant.contracts", "volant.sdk.type_engine",
}  # fmt: skip
AUTHORING = "from volant import task, workflow, Resources, File, current_context, NonRecoverableError"


def _modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_the_authoring_names_loads_nothing_heavy() -> None:
    loaded = _modules_after(AUTHORING)
    assert {name for name in loaded if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN)} == set()


def test_decorating_functions_loads_nothing_heavy_either() -> None:
    code = f"""{AUTHORING}
@task(retries=3, requests=Resources(cpu="1"))
def double(n: int) -> int:
    return 2 * n
@workflow
def flow(n: int) -> int:
    return double(n=n)
assert double(3) == 6"""
    assert not {"flyteidl", "msgspec", "asyncio", "volant.sdk.type_engine"} & _modules_after(code)


def test_every_public_name_resolves_and_an_unknown_one_says_so() -> None:
    import volant

    authoring = [name for name in volant.__all__ if name not in ("run", "arun", "RunFailed")]
    assert all(getattr(volant, name) is not None for name in authoring)
    assert set(volant.__all__) <= set(dir(volant))
    with pytest.raises(AttributeError, match="module 'volant' has no attribute 'conditional'"):
        _ = volant.conditional
