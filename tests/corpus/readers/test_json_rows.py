"""Where the rows of a file of JSON are: lines, arrays and values spread over lines, and brackets that do not match."""

import json

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.corpus.readers.conversations.json_rows import json_rows
from nextword.corpus.reading import UTF_8
from nextword.errors import TextFileError

NASTY = {"a": '{"[\\"', "b": [1, -2.5e3, None, True, {}], "茶\u2028": "\\", "": "]}"}


def rows_of(folder, content, is_row=lambda text: True):
    path = folder / "rows.json"
    path.write_text(content, encoding="utf-8", newline="")
    return list(json_rows(path, UTF_8, is_row))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), VALUES, min_size=1, max_size=3)


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(OBJECTS, min_size=1, max_size=4),
    indent=st.sampled_from([None, 0, 2, "\t"]),
    ascii_only=st.booleans(),
)
def test_rows_are_found_however_they_are_written(tmp_path_factory, values, indent, ascii_only):
    folder = tmp_path_factory.mktemp("rows")
    written = [json.dumps(value, indent=indent, ensure_ascii=ascii_only) for value in values]
    for content in (
        "\n".join(written),
        "\r\n\r\n".join(written),
        ",\n".join(written),
        json.dumps(values, indent=indent, ensure_ascii=ascii_only),
        "[\n" + ",\n".join(written) + "\n]\n",
        "[" + "\n,".join(written) + "]",
        "[\n" + ",\n".join(written) + ",\n]\n",
    ):
        assert [json.loads(text) for _, text in rows_of(folder, content)] == values


def test_lines_are_counted_where_rows_begin(tmp_path):
    assert rows_of(tmp_path, '\ufeff\n{"a": 1}\n\n  {"b": 2}  \n') == [(2, '{"a": 1}'), (4, '{"b": 2}')]
    assert rows_of(tmp_path, '[\n{"a":\n1},\n\n{"b": 2}]') == [(2, '{"a":\n1}'), (5, '{"b": 2}')]
    assert [line for line, _ in rows_of(tmp_path, json.dumps([NASTY, NASTY]))] == [1, 1]


def test_a_list_is_a_row_where_its_values_are_none(tmp_path):
    for content in ("[1, 2]\n[3]", "[]\n[3]"):
        assert [text for _, text in rows_of(tmp_path, content, lambda text: False)] == content.split("\n")
    assert [json.loads(text) for _, text in rows_of(tmp_path, "[\n1,\n2\n]\n[\n3\n]", lambda text: False)] == [
        [1, 2],
        [3],
    ]
    assert [text for _, text in rows_of(tmp_path, '["a", 2, {"b": 3}]')] == ['"a"', "2", '{"b": 3}']


def test_an_array_in_one_long_line_is_read_row_by_row(tmp_path):
    values = [{"n": number, "nasty": NASTY, "text": "茶 " * 500} for number in range(2000)]
    rows = rows_of(tmp_path, json.dumps(values))
    assert [json.loads(text) for _, text in rows] == values


@pytest.mark.parametrize(
    "cut", ['{"a": 1', '{"a": [{"b": 1}', '{"a": {', '{"a"', '{"a": 1, "b', "{", '[{"a": 1}', '{"a": 1}]']
)
def test_a_first_line_that_is_cut_is_one_row(tmp_path, cut):
    assert [text for _, text in rows_of(tmp_path, f'{cut}\n{{"a": 1}}\n{{"b": 2}}\n')] == [cut, '{"a": 1}', '{"b": 2}']


def test_a_line_that_is_cut_is_one_row(tmp_path):
    content = '{"messages": [{"role": "user", "cont\n{"a": 1}\n{"b"\n'
    assert [text for _, text in rows_of(tmp_path, content)] == content.splitlines()
    assert len(rows_of(tmp_path, '[{"role": "user", "cont\n[{"a": 1}]\n')) == 2


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[\n{"a": 1},\n{"b": [2,\n', 3),
        ('[\n{"a": 1},\n', 1),
        ('[{"a": 1},\n{"b": 2}', 1),
        ('[{"a": 1}\n,{"b": 2}', 1),
        ('{\n"a": 1\n}\n{\n"b": {\n"c": 1\n}\n', 4),
    ],
)
def test_brackets_that_do_not_match_are_refused(tmp_path, content, line):
    with refuses(TextFileError, "json-cut", line=line, path=str(tmp_path / "rows.json")):
        rows_of(tmp_path, content)


@pytest.mark.parametrize(
    "odd", ['{"a": [0}', '{"a": [{"b": 1}]', '{"a": "1', '{"a": [0', '{"a": ["say "no""]}', "oops", '"a"']
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_damaged_row_of_an_array_with_a_row_a_line_costs_itself(tmp_path, odd, place):
    rows = ['{"a": [1]}', '{"a": [2]}', '{"a": [3]}']
    found = rows_of(tmp_path, "[\n" + ",\n".join([*rows[:place], odd, *rows[place:]]) + "\n]")
    assert [text for _, text in found if text in rows] == rows
    assert {line for line, text in found if text not in rows} == {place + 2}
    assert len(found) == 4


def test_a_bracket_that_closes_nothing_is_odd(tmp_path):
    assert rows_of(tmp_path, '[\n{"a": 1}\n]\n]') == [(2, '{"a": 1}'), (4, "]")]
    rows = rows_of(tmp_path, '[\n{"a": 1}]},\n{"a": 2},\n{"a": 3}\n]')
    assert rows == [(2, '{"a": 1}'), (2, "}"), (3, '{"a": 2}'), (4, '{"a": 3}')]


def test_a_row_over_many_lines_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("nextword.corpus.readers.conversations.json_rows.MAX_SPREAD", 1000)
    long = json.dumps({"a": list(range(400))}, indent=0)
    with refuses(TextFileError, "row-too-long", line=2):
        rows_of(tmp_path, f"[\n{long}]")
    assert len(rows_of(tmp_path, "[\n" + ",\n".join(['{\n"a": 1}'] * 1000) + "]")) == 1000


def test_an_empty_file_has_no_rows(tmp_path):
    assert rows_of(tmp_path, "") == rows_of(tmp_path, " \n\ufeff\n") == []
