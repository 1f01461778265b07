"""Secrets on their way into a process: under which names, in which files, and where not."""

import os
import stat
from pathlib import Path

import pytest

from volant.base.errors import SystemFault
from volant.idl import pb
from volant.kit import secret_mounts
from volant.kit.secret_mounts import SecretError, SecretFolder, secret_environment
from volant.kit.secret_names import file_of, variable_of, withheld

ANY, ENV_VAR, FILE = (getattr(pb.Secret.MountType, name) for name in ("ANY", "ENV_VAR", "FILE"))


class Source:
    """Has what it is given, by "group/version/key"."""

    def __init__(self, **found):
        self.found = {name.replace("__", "/"): value for name, value in found.items()}

    def find(self, group, key, version=""):
        return self.found.get("/".join(part for part in (group, version, key) if part))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(secret_mounts, "_IN_MEMORY", tmp_path)
    return SecretFolder("attempt")


def task(*secrets):
    return pb.TaskTemplate(id={"name": "flights.load"}, security_context={"secrets": secrets})


@pytest.mark.parametrize("mount", [ANY, ENV_VAR])
def test_a_secret_is_a_variable_under_every_name_an_sdk_may_ask_for(folder, mount):
    wanted = task(pb.Secret(group="Db", key="pass", group_version="v2", mount_requirement=mount, env_var="OWN"))

    found = secret_environment(wanted, Source(Db__v2__pass="s3cret"), folder)

    assert found == {
        "_FSEC_DB_V2_PASS": "s3cret",
        "_FSEC_DB_PASS": "s3cret",
        "OWN": "s3cret",
        "FLYTE_SECRETS_ENV_PREFIX": "_FSEC_",
    }
    assert not folder.path.exists()


def test_a_secret_that_must_be_a_file_is_one_that_this_user_alone_can_read(folder):
    wanted = task(pb.Secret(group="Tls", key="Cert", group_version="2", mount_requirement=FILE, env_var="CERT"))

    found = secret_environment(wanted, Source(Tls__2__Cert="s3cret"), folder)

    path = folder.path / "tls/2/cert"
    assert found == {"FLYTE_SECRETS_DEFAULT_DIR": str(folder.path), "CERT": str(path)}
    assert path.read_text() == (folder.path / "tls/cert").read_text() == "s3cret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o700


def test_files_are_written_again_after_a_restart_and_gone_in_the_end(folder):
    wanted = task(pb.Secret(group="tls", key="cert", mount_requirement=FILE))
    secret_environment(wanted, Source(tls__cert="old"), folder)

    secret_environment(wanted, Source(tls__cert="new"), SecretFolder("attempt"))

    assert [each.read_text() for each in folder.path.rglob("*") if each.is_file()] == ["new"]
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


def test_two_attempts_have_two_folders(folder):
    assert SecretFolder("attempt").path == folder.path
    assert SecretFolder("another").path != folder.path


def test_a_folder_that_is_somebody_elses_gets_no_secret(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.path.parent.symlink_to(elsewhere)

    with pytest.raises(SystemFault, match="is not a folder of this user's: secrets are not written there"):
        folder.write("tls/cert", "s3cret")

    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("secret", "message", "fix"),
    [
        (
            pb.Secret(group="db", key="password"),
            "task flights.load: there is no secret 'password' in group 'db'",
            "set the variable _FSEC_DB_PASSWORD where the engine runs",
        ),
        (
            pb.Secret(group="db", key="password", group_version="3"),
            "task flights.load: there is no secret 'password' in group 'db' (version 3)",
            "set the variable _FSEC_DB_3_PASSWORD where the engine runs",
        ),
        (
            pb.Secret(group="token"),
            "task flights.load: there is no secret in group 'token'",
            "set the variable _FSEC_TOKEN where the engine runs",
        ),
    ],
)
def test_a_secret_that_is_not_there_is_named_with_the_way_to_give_it(folder, secret, message, fix):
    with pytest.raises(SecretError) as caught:
        secret_environment(task(secret), Source(), folder)

    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_names_are_flytes():
    assert variable_of("db", "pass", "v2") == "_FSEC_DB_V2_PASS"
    assert file_of("Db", "Pass", prefix="p-") == "db/p-pass"
    with pytest.raises(ValueError, match=r"'\.\./pass' cannot be the name of a file"):
        file_of("..", "pass")


def test_without_a_disk_in_memory_files_lie_in_the_temporary_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(secret_mounts, "_IN_MEMORY", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert SecretFolder("a").path.parent == Path(tmp_path, f"volant-secrets-{os.getuid()}")


def test_a_process_inherits_no_secret():
    assert withheld({"PATH": "/bin", "_FSEC_DB_PASSWORD": "1", "MY_FSEC_": "2"}) == {"PATH": "/bin", "MY_FSEC_": "2"}


def test_a_folder_that_others_could_read_is_closed_before_a_secret_is_in_it(folder):
    folder.path.parent.mkdir(mode=0o755)

    folder.write("db/password", "1")

    assert stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o700
