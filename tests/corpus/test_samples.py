"""The embedded corpus: many different, clean sentences and dialogues in both languages."""

from collections import defaultdict
from typing import Literal

import pytest
from refusals import refuses

import nextword as nw
from nextword.tokens.joining import normalize_text
from nextword.tokens.words import split_words

Language = Literal["english", "chinese"]
LANGUAGES: tuple[Language, ...] = ("english", "chinese")


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_many_different_and_clean(language: Language) -> None:
    texts = nw.sample_texts(language)
    assert len(texts) >= 600
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text
        assert text == text.strip()
        assert len(text.splitlines()) == 1
        assert text[-1] in ".!?。！？"
        assert split_words(normalize_text(text)) == split_words(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_sentences_share_five_words_in_a_row(language: Language) -> None:
    places: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for text in nw.sample_texts(language):
        words = [word for word in split_words(text) if any(character.isalnum() for character in word)]
        for start in range(len(words) - 4):
            places[tuple(words[start : start + 5])].add(text)
    shared = [words for words, texts in places.items() if len(texts) > 1]
    assert len(shared) <= 5, shared  # a handful of idioms


def test_food_follows_what_the_tutorial_asks_for() -> None:
    foods = {
        words[position + 3]
        for words in map(split_words, nw.sample_texts("chinese"))
        for position in range(len(words) - 3)
        if words[position : position + 3] == ["我", "喜欢", "吃"]
    }
    assert len(foods) >= 10
    assert {"苹果", "米饭", "面条"} <= foods


def test_both_languages_come_in_turn() -> None:
    english, chinese = nw.sample_texts("english"), nw.sample_texts("chinese")
    both = nw.sample_texts()
    assert both[:4] == (english[0], chinese[0], english[1], chinese[1])
    assert sorted(both) == sorted(english + chinese)
    assert nw.sample_texts("english") == english


@pytest.mark.parametrize("language", ["French", "English", "", 1])
def test_other_languages_are_refused(language: str) -> None:
    for read in (nw.sample_texts, nw.sample_conversations):
        with refuses(nw.ConfigError, "option-out-of-range", option="language", value=language):
            read(language)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_dialogues_are_many_different_and_clean(language: Language) -> None:
    talks = nw.sample_conversations(language)
    assert len(talks) >= 250
    assert len(set(talks)) == len(talks)
    first_questions = [next(turn.text for turn in talk.turns if turn.role == "user") for talk in talks]
    assert len(set(first_questions)) == len(talks)
    for talk in talks:
        roles = [turn.role for turn in talk.turns]
        spoken = roles[roles[0] == "system" :]
        assert len(spoken) in (2, 4, 6)
        assert spoken == ["user", "assistant"] * (len(spoken) // 2)
        for turn in talk.turns:
            assert turn.text == turn.text.strip()
            assert len(turn.text.splitlines()) == 1
            assert len(split_words(turn.text)) <= 40
            assert turn.role == "user" or turn.text[-1] in ".!?。！？"
    assert any(talk.turns[0].role == "system" for talk in talks)
    assert len({word for talk in talks for turn in talk.turns for word in split_words(turn.text)}) <= 1500


def test_dialogues_of_both_languages_come_in_turn() -> None:
    english, chinese = nw.sample_conversations("english"), nw.sample_conversations("chinese")
    both = nw.sample_conversations()
    assert both[:4] == (english[0], chinese[0], english[1], chinese[1])
    assert set(both) == {*english, *chinese}
