import json
from pathlib import Path

import numpy as np
import pytest
from bundle_files import options_of
from safetensors import numpy as safetensors

import nextword as nw
from nextword.errors import Note

GOLDEN = Path(__file__).parent / "golden"
FORMATS = sorted(path.stem for path in GOLDEN.glob("*.nextword"))


def test_every_released_format_has_a_golden_bundle() -> None:
    assert FORMATS == ["format_1", "format_2", "format_3", "format_4", "format_5"]
    assert sum(path.stat().st_size for path in GOLDEN.glob("format_*")) < 64 * 1024


@pytest.mark.parametrize("name", FORMATS)
def test_a_golden_bundle_predicts_what_it_did(name: str) -> None:
    lm = nw.load(GOLDEN / f"{name}.nextword")
    expected = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert list(lm.vocabulary) == expected["vocabulary"]
    for context, probabilities in expected["probabilities"].items():
        assert np.abs(nw.next_word_probabilities(lm, context) - probabilities).max() <= 1e-6
    for context, suggestions in expected["suggestions"].items():
        # As the release that wrote the file suggested them: the most probable words of the next token.
        probabilities = nw.next_word_probabilities(lm, context)
        ranked = sorted(range(lm.vocabulary.first_word, len(probabilities)), key=lambda i: -probabilities[i])
        best = [(lm.vocabulary[i], probabilities[i]) for i in ranked[: len(suggestions)]]
        assert [word for word, _ in best] == [word for word, _ in suggestions]
        for (_, probability), (_, before) in zip(best, suggestions, strict=True):
            assert probability == pytest.approx(before, abs=1e-6)


def test_the_record_of_format_1() -> None:
    lm = nw.load(GOLDEN / "format_1.nextword")
    assert lm.training is not None
    assert lm.training.config.time_limit == 60.0
    assert lm.training.held_out_perplexities == (31.5, 22.125)
    assert lm.training.notes == ("Made by make_format_1.py.",)
    info = nw.inspect(GOLDEN / "format_1.nextword")
    assert (info.format_version, info.network["hidden_dim"], info.tokenizer["level"]) == (1, 8, "word")


def test_the_record_of_format_2() -> None:
    lm = nw.load(GOLDEN / "format_2.nextword")
    assert lm.training is not None
    assert (lm.training.config.optimizer, lm.training.config.weight_decay) == ("adam", 0.25)
    note = lm.training.notes[0]
    assert isinstance(note, Note)
    assert (note, note.code, note.figures) == ("Made by make_format_2.py.", "made", {"by": "make_format_2.py"})
    assert lm.template == nw.Template(window=9)
    info = nw.inspect(GOLDEN / "format_2.nextword")
    assert (info.format_version, info.network["kind"]) == (2, "mixture")
    assert info.shape == {"temperature": 1.25, "never": [3, 4, 5], "blocked": ["rice"]}


def test_the_record_of_format_3() -> None:
    lm = nw.load(GOLDEN / "format_3.nextword")
    assert lm.training is not None
    assert lm.training.config.shuffle is True
    info = nw.inspect(GOLDEN / "format_3.nextword")
    assert (info.format_version, info.network["kind"]) == (3, "mixture")
    assert info.network["early_weights"] == [[0.75, 0.25], [0.625, 0.375]]


def test_the_record_of_format_4() -> None:
    lm = nw.load(GOLDEN / "format_4.nextword")
    assert lm.training is not None
    assert lm.training.perplexities == (30.5, 20.25, 0.1 + 0.2)
    assert lm.training.held_out_perplexities == (31.5, 22.125, 1e300)
    sentence, note = lm.training.notes
    assert isinstance(note, Note)
    assert (sentence, note.code, note.figures) == (
        "A sentence, 一句.",
        "made",
        {"by": "make_format_4.py", "shares": [0.1]},
    )
    info = nw.inspect(GOLDEN / "format_4.nextword")
    assert (info.format_version, info.network["kind"]) == (4, "mixture")
    assert info.shape == {"temperature": 1.25, "blocked": ["no tea", "rice", "苹果"]}
    assert info.training is not None
    assert info.training["perplexities"] == [30.5, 20.25, 0.1 + 0.2]
    assert [note["text"] for note in info.training["notes"]] == list(lm.training.notes)


def test_the_tensors_of_format_5() -> None:
    content = (GOLDEN / "format_5.nextword").read_bytes()
    tensors, table = safetensors.load(content), options_of(content)["compressed"]
    assert table["vocabulary.lines"][0] == tensors["vocabulary.lines"].dtype.name == "uint8"
    assert len(tensors["vocabulary.lines"]) < table["vocabulary.lines"][1]
    assert {"ngram.3.ranks", "cache.base", "training.perplexities", "blocked.lines"} <= set(table)
    assert "ngram.2.ranks.large" in tensors
    assert "2:ngram.3.words" in tensors  # of odd pruning
    assert not any("weight" in name for name in table)
    lm = nw.load(GOLDEN / "format_5.nextword")
    assert lm.training is not None
    assert lm.training.perplexities == tuple(30.5 - epoch / 4 for epoch in range(40))
    info = nw.inspect(GOLDEN / "format_5.nextword")
    assert (info.format_version, info.vocabulary_size, len(info.shape["blocked"])) == (5, len(lm.vocabulary), 101)


@pytest.mark.parametrize("name", FORMATS)
def test_a_golden_bundle_is_saved_in_the_newest_format(name: str, tmp_path: Path) -> None:
    old = nw.load(GOLDEN / f"{name}.nextword")
    nw.save(old, tmp_path / "new.nextword")
    assert nw.inspect(tmp_path / "new.nextword").format_version == 5
    new = nw.load(tmp_path / "new.nextword")
    assert (new.vocabulary, new.training, new.template) == (old.vocabulary, old.training, old.template)
    for context in json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))["probabilities"]:
        np.testing.assert_array_equal(
            nw.next_word_probabilities(new, context), nw.next_word_probabilities(old, context)
        )
