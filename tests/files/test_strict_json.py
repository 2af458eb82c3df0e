"""JSON without what programs read differently."""

import json

import pytest
from hypothesis import given, strategies as st
from refusals import refuses

from nextword.errors import InputError
from nextword.files.strict_json import parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_json_is_read_as_the_standard_library_reads_it(value: object) -> None:
    text = json.dumps(value)
    assert parse_json(text) == parse_json(text.encode()) == json.loads(text) == value


@pytest.mark.parametrize(
    ("text", "code", "figures"),
    [
        ("", "not-json", {"position": 0}),
        ("{", "not-json", {"position": 1}),
        ("{'a': 1}", "not-json", {"position": 1}),
        ("[1, 2] 3", "not-json", {"position": 7}),
        ("\ufeff{}", "not-json", {"position": 0}),
        (b"{\xff}", "not-json", {"position": 1}),
        ("{}".encode("utf-16"), "not-json", {"position": 0}),
        ("[NaN]", "not-json", {"constant": "NaN"}),
        ("[-Infinity]", "not-json", {"constant": "-Infinity"}),
        ('{"a": 1, "b": 2, "a": 1}', "repeated-key", {"key": "a"}),
        ('[{"b": {"a": {}, "a": {}}}]', "repeated-key", {"key": "a"}),
        ('{"a": 1, "\\u0061": 2}', "repeated-key", {"key": "a"}),
        ("1" * 5000, "number-too-long", {}),
        ("[" * 100_000, "nested-too-deeply", {}),
        ('{"a":' * 100_000, "nested-too-deeply", {}),
    ],
)
def test_what_is_not_is_refused(text: str | bytes, code: str, figures: dict[str, object]) -> None:
    with refuses(InputError, code, **figures):
        parse_json(text)


def test_the_same_key_in_two_objects_is_no_repetition() -> None:
    assert parse_json('[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]
