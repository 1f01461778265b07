"""Secrets as a task reads them, and how they stay out of what is told of it."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from volant.contracts.worker_wire import Result
from volant.idl import pb
from volant.sdk.context import current_context
from volant.sdk.execute import Place, execute
from volant.sdk.secret_reader import SecretNotFoundError, Secrets

Load = Callable[[str], ModuleType]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLYTE_SECRETS_DEFAULT_DIR", str(tmp_path))
    return tmp_path


def _keep(folder: Path, name: str, value: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value)


def test_a_secret_is_read_from_the_environment_before_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep(folder, "db/password", b"from a file\n")
    secrets = Secrets(in_run=True)
    assert secrets.get("DB", "Password") == "from a file"
    monkeypatch.setenv("_FSEC_DB_PASSWORD", " from the environment ")
    assert secrets.get("db", "password") == "from the environment"
    assert secrets.db.password == "from the environment"
    assert secrets.get("db", "password", encode_mode="rb") == b"from the environment"


def test_versions_and_secrets_without_a_key_have_their_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep(folder, "db/v2/cert", b"\xff\x00")
    monkeypatch.setenv("_FSEC_TOKEN", "t")
    assert Secrets().get("token") == "t"
    assert Secrets().get("db", "cert", "v2", encode_mode="rb") == b"\xff\x00"


def test_outside_a_run_the_plain_name_counts_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "plain")
    assert current_context().secrets.get("db", "password") == "plain"
    with pytest.raises(SecretNotFoundError):
        Secrets(in_run=True).get("db", "password")


def test_names_of_variables_and_files_can_be_changed_as_in_flytekit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLYTE_SECRETS_ENV_PREFIX", "MY_")
    monkeypatch.setenv("FLYTE_SECRETS_FILE_PREFIX", "s-")
    monkeypatch.setenv("MY_A_B", "1")
    _keep(folder, "a/s-c", b"2")
    assert (Secrets().get("a", "b"), Secrets().get("a", "c")) == ("1", "2")


def test_a_secret_that_is_not_there_is_named_with_the_way_to_get_it(folder: Path) -> None:
    with pytest.raises(ValueError, match="there is no secret") as caught:  # flytekit raises a ValueError too
        Secrets(in_run=True).get("db", "password", "3")
    assert str(caught.value) == (
        f"there is no secret 'password' in group 'db' (version 3): neither the variable _FSEC_DB_3_PASSWORD "
        f"nor the file {folder}/db/3/password"
    )
    assert isinstance(caught.value, SecretNotFoundError)
    assert caught.value.fix == (
        'write secret_requests=[Secret(group="db", key="password", group_version="3")] in @task, '
        "or set _FSEC_DB_3_PASSWORD"
    )
    with pytest.raises(SecretNotFoundError) as caught:
        Secrets(in_run=True).get("token")
    assert str(caught.value).startswith("there is no secret in group 'token': neither the variable _FSEC_TOKEN nor")
    assert caught.value.fix == 'write secret_requests=[Secret(group="token")] in @task, or set _FSEC_TOKEN'


def _run(load: Load, source: str, place: Path) -> Result:
    module = load("from volant import Secret\n" + source)
    words = ("task-module", module.__name__, "task-name", "f")
    return execute(words, b"", Place("job", str(place), place.as_uri()))


def test_a_task_that_reads_a_secret_it_has_not_fails_for_good(load: Load, folder: Path) -> None:
    source = "@task\ndef f() -> str:\n    return current_context().secrets.get('db', 'password')"
    result = _run(load, source, folder)
    assert result.error is not None
    assert (result.error.code, result.retryable) == ("SecretNotFoundError", False)
    assert result.error.fix.startswith("write secret_requests=")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("", "raise ValueError(current_context().secrets.get('db', 'password'))"),
        ("", "assert current_context().secrets.db.password == 'x'"),
        ("secret_requests=[Secret(group='db', key='password')]", "raise ValueError(__import__('os').environ['OWN'])"),
        ("", "return int(current_context().secrets.db.password)"),
    ],
)
def test_what_is_told_of_a_failure_holds_no_secret(
    load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch, options: str, line: str
) -> None:
    monkeypatch.setenv("_FSEC_DB_PASSWORD", "correct horse")
    monkeypatch.setenv("OWN", "correct horse")
    result = _run(load, f"@task({options})\ndef f() -> int:\n    {line}", folder)
    assert result.error is not None
    assert "correct horse" not in repr(result)


@pytest.mark.parametrize(
    "line",
    [
        "raise KeyError(secret)",
        "raise KeyError((1, {'key': secret}))",
        "raise ValueError(secret.encode())",
        "raise ValueError(__import__('json').dumps([secret]))",
        "raise KeyboardInterrupt(secret)",
        "raise AuthoringError('wrong', fix=secret)",
        "raise SystemExit(current_context().secrets.get('db', 'password', encode_mode='rb'))",
    ],
)
def test_a_secret_is_hidden_in_whichever_form_it_is_told(
    load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("_FSEC_DB_PASSWORD", '-----BEGIN\nit\'s "ä"\n-----END')
    source = "from volant import AuthoringError\n@task\ndef f() -> None:\n"
    result = _run(load, f"{source}    secret = current_context().secrets.db.password\n    {line}", folder)
    assert result.error is not None
    assert "BEGIN" not in repr(result)
    assert "[secret]" in repr(result)


def test_a_value_that_cannot_be_an_output_is_shown_without_the_secret_in_it(
    load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_FSEC_DB_PASSWORD", "correct horse")
    result = _run(load, "@task\ndef f() -> int:\n    return current_context().secrets.db.password", folder)
    assert result.error is not None
    assert result.error.message.endswith("its result: expected int, got '[secret]' of type str")


def test_a_secret_a_task_returns_is_its_result(load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_FSEC_DB_PASSWORD", "correct horse")
    result = _run(load, "@task\ndef f() -> str:\n    return current_context().secrets.db.password", folder)
    assert result.outputs is not None
    assert pb.LiteralMap.FromString(result.outputs).literals["o0"].scalar.primitive.string_value == "correct horse"
