"""Where a task's secrets come from."""

from volant.app.secret_source import LocalSecrets


def test_the_environment_comes_first_with_names_in_capitals(tmp_path):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "password").write_text("filed\n")
    secrets = LocalSecrets({"_FSEC_DB_PASSWORD": "environed", "_FSEC_DB_2_PASSWORD": "newer"}, tmp_path)

    assert secrets.find("db", "password") == "environed"
    assert secrets.find("db", "password", "2") == "newer"


def test_then_the_file_without_its_last_line_end(tmp_path):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "password").write_text("filed\n")

    assert LocalSecrets({}, tmp_path).find("DB", "password") == "filed"


def test_what_is_nowhere_is_none(tmp_path):
    assert LocalSecrets({}, tmp_path).find("db", "password") is None


def test_a_name_that_would_lead_out_of_the_folder_finds_nothing(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "other").write_text("not a secret of anybody's")
    assert LocalSecrets({}, tmp_path / "secrets").find("..", "other") is None
