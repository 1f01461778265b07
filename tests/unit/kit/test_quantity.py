"""Kubernetes quantities."""

from decimal import Decimal

import pytest

from volant.base.errors import UserError
from volant.kit.quantity import parse_quantity, round_up


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2", "2"),
        ("500m", "0.5"),
        ("0.1", "0.1"),
        (".5", "0.5"),
        ("1Gi", str(2**30)),
        ("1.5Mi", str(3 * 2**19)),
        ("200M", "200000000"),
        ("2k", "2000"),
        ("1e3", "1000"),
        ("12E-1", "1.2"),
        ("1E", str(10**18)),
        ("100n", "0.0000001"),
        (" 3 ", "3"),
    ],
)
def test_a_quantity_is_the_number_it_means(text, amount):
    assert parse_quantity(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "1 Gi", "1gi", "-1", "GiB", "1KB", "1e999", "nan", "1K"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(UserError, match="not an amount"):
        parse_quantity(text)


def test_a_part_of_a_byte_is_a_byte():
    assert [round_up(parse_quantity(text)) for text in ("100m", "1", "1500m")] == [1, 1, 2]
