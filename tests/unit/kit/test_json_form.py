"""The JSON form of authors' own types."""

import dataclasses
import datetime as dt
from typing import Any

import msgspec
import pytest
from pydantic import AliasChoices, BaseModel, Field

from volant.kit.json_form import field_names, from_json, from_table, has_json_form, to_json


@dataclasses.dataclass
class Data:
    since: dt.datetime
    parts: list["Data"] = dataclasses.field(default_factory=list)


class Packed(msgspec.Struct, rename="camel"):
    since_when: dt.datetime
    raw: bytes = b""


class Model(BaseModel):
    since: dt.datetime
    most: int = Field(3, alias="atMost")


class Opaque:
    pass


@dataclasses.dataclass
class Around:
    inside: dict[str, list[Opaque]]


NOW = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "value", [Data(NOW, [Data(NOW)]), Packed(NOW, b"\x00\xff"), Model(since=NOW, atMost=4), "id-1", 7, {"a": [1, None]}]
)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert from_json(to_json(value), type(value)) == value


@pytest.mark.parametrize("form", [Data, Packed, Model, str, dict[str, int], list[Data]])
def test_types_made_of_known_parts_have_a_json_form(form: Any) -> None:
    assert has_json_form(form)


@pytest.mark.parametrize("form", [Opaque, Around, list[Opaque], dict[str, Opaque | None]])
def test_a_type_with_an_unknown_part_has_none(form: Any) -> None:
    assert not has_json_form(form)


@pytest.mark.parametrize("form", [Data, Packed, Model])
def test_another_type_is_refused(form: type[Any]) -> None:
    with pytest.raises(ValueError, match="since"):
        from_json(b'{"since": "soon"}', form)


def test_a_table_is_made_into_its_type_by_the_names_people_write() -> None:
    assert from_table({"since": NOW}, Data) == Data(NOW)
    assert from_table({"sinceWhen": NOW}, Packed) == Packed(NOW)
    assert from_table({"since": NOW, "atMost": 5}, Model).most == 5


@pytest.mark.parametrize("form", [Data, Packed, Model])
def test_a_name_a_type_does_not_have_is_refused(form: type[Any]) -> None:
    with pytest.raises(ValueError, match="there is no setting 'sinze'"):
        from_table({"sinze": 1}, form)
    assert "sinze" not in field_names(form)


class Login(BaseModel):
    url: str = Field(validation_alias="service-url")
    token: str = Field("", validation_alias=AliasChoices("token", "api-token"))


def test_a_setting_goes_by_every_name_its_model_reads() -> None:
    assert field_names(Login) == {"service-url", "token", "api-token"}
    assert from_table({"service-url": "u", "api-token": "t"}, Login).token == "t"


@pytest.mark.parametrize("form", [Login, Model])
def test_what_is_wrong_with_settings_is_told_without_their_values(form: type[Any]) -> None:
    with pytest.raises(ValueError, match=r"(service-url|since): Field required") as caught:
        from_table(dict.fromkeys(field_names(form) - {"service-url", "since"}, "s3cret"), form)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
