"""The report of a mixture: its figures, and a note that has them too."""

import json
import math

import pytest

import nextword as nw


def test_the_report_says_what_each_part_contributes(parts):
    names = ["one", "two", "noise"]
    report = nw.describe_mixture([parts.first, parts.second, parts.noise], parts.held_out_ids, names=names)
    assert report.weights[2] == 0.0
    assert sum(report.weights) == pytest.approx(1.0)
    assert report.perplexity == pytest.approx(parts.perplexity(report.runtime), rel=1e-4)
    assert report.alone[0] == pytest.approx(parts.perplexity(parts.first), rel=1e-4)
    assert report.perplexity < 0.95 * min(report.alone)
    assert report.without[0] == pytest.approx(report.alone[1])
    assert report.without[2] == pytest.approx(report.perplexity)
    assert report.tokens == len(parts.held_out_ids)
    note = report.note
    assert note.code == "mixed"
    assert note.figures == {
        "weights": {"one": report.weights[0], "two": report.weights[1]},
        "early_weights": [],
        "without": {"one": report.without[0], "two": report.without[1]},
        "left_out": ["noise"],
        "perplexity": report.perplexity,
        "recall": report.recall,
        "tokens": report.tokens,
    }
    assert str(report) == note
    for figure in (f"{report.perplexity:,.1f}", f"{report.recall:.1%}", f"{report.weights[0]:.0%} one", "noise"):
        assert figure in note


def test_one_part_is_not_mixed(parts):
    report = nw.describe_mixture([parts.first], parts.held_out_ids)
    assert report.without == (math.inf,)
    assert report.note.code == "not-mixed"
    assert report.note.figures["weights"] == {"n-gram model": 1.0}
    assert report.note.figures["without"] == {}  # JSON has no infinity
    left_one = nw.describe_mixture([parts.first, parts.noise], parts.held_out_ids)
    assert left_one.note.code == "not-mixed"
    assert left_one.note.figures["left_out"] == ["LSTM"]
    assert left_one.note.figures["perplexity"] == pytest.approx(report.perplexity)


def test_a_note_survives_json_and_keeps_parts_of_one_name_apart(parts):
    figures = nw.describe_mixture([parts.first, parts.second, parts.noise], parts.held_out_ids).note.figures
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert list(figures["weights"]) == ["n-gram model", "n-gram model (2)"]
    assert sum(figures["weights"].values()) == pytest.approx(1.0)
