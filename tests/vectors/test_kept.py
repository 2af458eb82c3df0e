"""Which rows are kept: wanted words, other casings and repeated words, and what the report says of them."""

import pytest
from vector_files import FORMATS, TEA, load, written


def test_keeps_only_wanted_rows_and_reports_the_rest(tmp_path):
    content = b"a 1 1\nb 2 2\nc 3 3\na 9 9\nd 4 4\n"
    vectors = load(tmp_path, content, ["<pad>", "<unk>", "<eos>", "c", "zebra", "a", "c", "yak"])
    assert vectors.words == ("a", "c")
    assert vectors.matrix.tolist() == [[1.0, 1.0], [3.0, 3.0]]
    report = vectors.report
    assert (report.rows_read, report.duplicates, report.wanted, report.found) == (5, 1, 4, 2)
    assert report.missing == ("zebra", "yak")


@pytest.mark.parametrize(
    ("wanted", "row"),
    [("Tea", 3.0), ("tea", 1.0), ("TEA", 1.0), ("Milk", 4.0), ("milk", 4.0), ("MILK", 4.0), ("Straße", 5.0)],
)
def test_other_casings_serve_where_the_exact_one_is_missing(tmp_path, wanted, row):
    content = b"TeA 9 9\ntea 1 1\nTea 3 3\nMILK 4 4\nSTRASSE 5 5\n"
    vectors = load(tmp_path, content, [wanted])
    assert vectors.words == (wanted,)
    assert vectors.matrix.tolist() == [[row, row]]
    assert vectors.report.duplicates == 0


def test_one_row_serves_several_casings_and_the_exact_one_wins_in_any_order(tmp_path):
    for content in (b"tea 1 1\nTEA 2 2\n", b"TEA 2 2\ntea 1 1\n"):
        vectors = load(tmp_path, content, ["TEA", "Tea", "tea"])
        rows = dict(zip(vectors.words, vectors.matrix[:, 0].tolist(), strict=True))
        assert rows == {"TEA": 2.0, "Tea": 1.0, "tea": 1.0}


def test_no_word_found_gives_an_empty_matrix(tmp_path):
    vectors = load(tmp_path, b"a 1 1\n", ["b"])
    assert vectors.words == ()
    assert vectors.matrix.shape == (0, 2)
    assert vectors.report.coverage == 0.0


@pytest.mark.parametrize("form", FORMATS)
def test_the_first_of_repeated_words_counts(tmp_path, form):
    for wanted in (None, ["a"]):
        vectors = load(tmp_path, written(("a", "b", "a"), TEA, form), wanted)
        assert vectors.matrix[0].tolist() == [0.5, -1.0]
        assert vectors.report.duplicates == 1


def test_special_tokens_of_the_file_are_words_like_others_only_without_a_list(tmp_path):
    content = b"<unk> 1 1\n</s> 2 2\na 3 3\n"
    assert load(tmp_path, content).words == ("<unk>", "</s>", "a")
    assert load(tmp_path, content, ["<unk>", "</s>", "a"]).words == ("</s>", "a")
