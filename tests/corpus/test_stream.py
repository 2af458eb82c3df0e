"""What `fit` is given, as one stream: what is learnt of it, and what no text can say."""

import io
from pathlib import Path

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.corpus.stream import read_corpus
from nextword.tokens.tokenizer import TokenizerConfig

TALKS = (
    nw.Conversation().say("system", "Be kind.").say("user", "Tea?").say("assistant", "Yes."),
    nw.Conversation().say("user", "Milk?").say("assistant", "No.").say("user", "Why?"),
)
WORD = nw.TokenizerConfig()


def read(source, config=WORD, **options):
    """Return the corpus, its tokenizer and its tokens as words."""
    corpus = read_corpus(source, config, **options)
    tokenizer = corpus.tokenizer_of(np.ones(len(corpus.loss_mask), np.bool_), config)
    return corpus, tokenizer, [tokenizer.vocabulary[i] for i in corpus.encode(tokenizer)]


def test_conversations_become_one_stream():
    corpus, tokenizer, words = read(iter(TALKS))
    assert " ".join(words) == (  # in the order of this seed
        "<system> Be kind . <eos> <user> Tea ? <eos> <assistant> Yes . <eos> <eos> "
        "<user> Milk ? <eos> <assistant> No . <eos> <user> Why ? <eos> <eos>"
    )
    assert corpus.texts.lengths.tolist() == [14, 13]
    assert np.flatnonzero(corpus.is_end).tolist() == [13, 26]
    assert " ".join(np.array(words)[corpus.loss_mask]) == (
        "Tea ? <eos> Yes . <eos> Milk ? <eos> No . <eos> Why ? <eos>"  # an instruction is read, never said
    )
    assert " ".join(np.array(words)[corpus.judged_mask]) == "Yes . <eos> No . <eos>"
    assert np.flatnonzero(corpus.is_start).tolist() == [0, 14]
    assert tokenizer.vocabulary.counts[:6] == (0, 0, 8, 1, 3, 2)
    assert len(tokenizer.vocabulary) == 6 + 9


def test_conversations_come_in_a_random_order_that_the_seed_decides():
    talks = [nw.Conversation().say("user", f"word{n}").say("assistant", f"reply{n}") for n in range(30)]
    orders = [[word for word in read(talks, seed=seed)[2] if word[0] == "w"] for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])
    assert sorted(orders[0]) == sorted(f"word{n}" for n in range(30))
    words = read(talks)[2]
    for place in range(0, len(words), 7):
        assert [*words[place : place + 1], words[place + 1][4:]] == ["<user>", words[place + 4][5:]]
    texts = [f"word{n}" for n in range(30)]
    assert [word for word in read(texts)[2] if word != "<eos>"] == texts


def test_turns_of_weight_0_are_read_and_not_learnt():
    talk = nw.Conversation(TALKS[0].turns, (1, 0, 1))
    corpus, _, words = read([talk])
    assert " ".join(np.array(words)[corpus.loss_mask]) == "Yes . <eos>"
    silent = nw.Conversation(TALKS[0].turns, (1, 1, 0))
    corpus, _, words = read([silent])
    for mask in (corpus.loss_mask, corpus.judged_mask):  # no reply is left to be judged on
        assert " ".join(np.array(words)[mask]) == "Tea ? <eos>"
    with refuses(nw.InputError, "no-turn-to-learn"):
        read([nw.Conversation(TALKS[0].turns, (1, 0, 0))])


def test_only_replies_are_learnt_if_so_chosen():
    corpus, _, words = read(TALKS, replies_only=True)
    assert " ".join(np.array(words)[corpus.loss_mask]) == "Yes . <eos> No . <eos>"
    assert [note.code for note in corpus.notes] == ["replies-only"]
    with refuses(nw.InputError, "no-replies"):
        read([nw.Conversation().say("user", "Tea?")], replies_only=True)


def test_a_part_gives_the_vocabulary():
    corpus = read_corpus(TALKS, WORD)
    tokenizer = corpus.tokenizer_of(np.arange(27) < 14, WORD)
    assert "Milk" not in tokenizer.vocabulary
    assert tokenizer.vocabulary.counts[3:6] == (1, 1, 1)
    assert corpus.encode(tokenizer)[15] == 1


@pytest.mark.parametrize("level", ["word", "whitespace", "char"])
def test_a_text_never_has_a_role_token(level):
    config = nw.TokenizerConfig(level=level)
    said = "<assistant> tea <user> <eos> <pad> \u200b<system>"
    talk = nw.Conversation().say("user", said).say("assistant", "<assistant>")
    corpus, tokenizer, words = read([talk, talk], config)
    ids = corpus.encode(tokenizer)
    roles = [i for i in ids.tolist() if 3 <= i < 6]
    assert roles == [4, 5, 4, 5]
    assert np.count_nonzero(ids == 2) == 6
    assert not corpus.loss_mask[(ids >= 3) & (ids < 6)].any()
    assert tokenizer.encode(said).tolist() == tokenizer.encode(" ".join(said.split())).tolist()
    assert not {0, 2, 3, 4, 5} & set(tokenizer.encode(said).tolist())
    assert words.count("tea") == (0 if level == "char" else 2)
    if level == "whitespace":  # such a word is in no vocabulary, as one spelt like a special token is not
        assert tokenizer.encode("<user>").tolist() == [1]
        assert tokenizer.vocabulary.counts[1] == 12


def test_texts_may_have_words_that_look_like_role_tokens():
    corpus, tokenizer, words = read(["<user> tea"], nw.TokenizerConfig(level="whitespace"))
    assert words == ["<user>", "tea", "<eos>"]
    assert (corpus.loss_mask.all(), corpus.roles, tokenizer.vocabulary.roles) == (True, (), ())


def test_a_file_of_conversations_is_told_by_its_name(tmp_path):
    path = tmp_path / "Talks.JSONL"
    path.write_text('{"messages": [{"role": "user", "content": "Tea?"}]}\n', encoding="utf-8")
    corpus, _, words = read(path)
    assert words == ["<user>", "Tea", "?", "<eos>", "<eos>"]
    assert [note.code for note in corpus.notes] == ["read-conversations"]
    path.write_text('{"messages": []}', encoding="utf-16")
    with refuses(nw.TextFileError, "file-of-another-kind", path=str(path)):
        read(path)
    path.write_text("{", encoding="utf-8")
    with refuses(nw.TextFileError, "line-not-conversation", path=str(path), line=1, reason="not-json"):
        read(path)
    other = path.rename(tmp_path / "talks.jsonl")
    with refuses(nw.InputError, "list-of-files", files=2, reader="read_conversations"):
        read([other, other])


def test_a_file_of_texts_is_read_by_lines_or_paragraphs(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("I like tea.\nYou too.\n", encoding="utf-8")
    corpus, _, words = read(path)
    assert words == ["I", "like", "tea", ".", "<eos>", "You", "too", ".", "<eos>"]
    figures = {"unit": "line", "files": 1, "lines": 2, "texts": 2, "characters": 19, "encoding": "utf-8", "formats": {}}
    assert [(note.code, note.figures) for note in corpus.notes] == [("read-texts", figures)]
    block = "\n".join(["tea and milk and rum and more"] * 4)
    path.write_text(f"{block}\n\n{block}\n", encoding="utf-8")
    corpus = read_corpus(path, WORD)
    assert [(note.code, note.figures["unit"]) for note in corpus.notes] == [("read-texts", "paragraph")]
    assert corpus.texts.lengths.tolist() == [29, 29]
    assert [corpus.notes[0].figures[name] for name in ("lines", "texts")] == [8, 2]
    assert len(read_corpus(path, WORD, unit="line").texts.lengths) == 8
    path.write_text("I like tea.\nYou too.\n\nNo.", encoding="utf-8")
    assert read_corpus(path, WORD, unit="paragraph").texts.lengths.tolist() == [8, 3]
    with refuses(nw.InputError, "list-of-files", files=1, reader="read_texts"):
        read([path])


def test_a_file_in_another_encoding_is_read_as_one_in_utf_8_is(tmp_path):
    path = tmp_path / "a.txt"
    line = "我们喜欢在早上喝茶也喜欢在晚上读书还有很多朋友和我们一样"
    text = "\n\n".join(["\n".join([line] * 5)] * 2000)  # more than the sample of a million characters, by twice
    path.write_text(text, encoding="utf-8")
    plain = read_corpus(path, TokenizerConfig(level="char"))
    for encoding in ("gb18030", "utf-16"):
        path.write_text(text, encoding=encoding)
        corpus = read_corpus(path, TokenizerConfig(level="char"), encoding=encoding)
        assert corpus.texts.words == plain.texts.words
        assert (corpus.texts.word_numbers == plain.texts.word_numbers).all()
        assert corpus.notes[0].figures == {**plain.notes[0].figures, "encoding": encoding}
    assert plain.notes[0].figures["unit"] == "paragraph"
    path.write_bytes(text.encode("utf-8") + b"\xff")
    with refuses(nw.TextFileError, "not-utf-8", bad_bytes=1):
        read_corpus(path, WORD)
    texts = read_corpus(path, TokenizerConfig(level="char"), errors="ignore").texts
    assert (texts.word_numbers == plain.texts.word_numbers).all()


def test_the_lines_of_a_file_may_be_names_of_files(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("names.txt\nother.txt\n" * 30, encoding="utf-8")
    assert len(read_corpus(path, WORD).texts.lengths) == 60
    with path.open(encoding="utf-8") as stream:
        assert len(read_corpus(stream, WORD).texts.lengths) == 60
    with refuses(nw.InputError, "list-of-files", reader="read_texts"):
        read(path.read_text(encoding="utf-8").split())


def test_an_open_file_gives_the_lines_that_a_path_gives(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffI like tea.\r\n\r\n  Me too. \r\n".encode())
    with path.open(encoding="utf-8") as stream:
        opened = read_corpus(stream, WORD)
    of_path = read_corpus(path, WORD)
    assert opened.texts.words == of_path.texts.words
    assert opened.texts.lengths.tolist() == of_path.texts.lengths.tolist()
    path.write_bytes("Un café.\n".encode("latin-1") * 9000)
    with path.open(encoding="utf-8") as stream, refuses(nw.TextFileError, "not-in-encoding", encoding="utf-8"):
        read_corpus(stream, WORD)
    with path.open("rb") as stream, refuses(nw.InputTypeError, "texts-are-binary"):
        read_corpus(stream, WORD)


@pytest.mark.parametrize("options", [{"unit": "line"}, {"encoding": "utf-8"}, {"errors": "ignore"}])
def test_options_of_files_are_refused_for_what_is_no_text_file(tmp_path, options):
    ((option, value),) = options.items()
    talks = tmp_path / "talks.jsonl"
    talks.write_text('{"messages": [{"role": "user", "content": "Tea?"}]}', encoding="utf-8")
    for source in (["I like tea."], TALKS, io.StringIO("tea"), *([talks] if option == "unit" else [])):
        with refuses(nw.ConfigError, "option-without-effect", option=option, value=value):
            read_corpus(source, WORD, **options)
    if option != "unit":
        assert read_corpus(talks, WORD, **options).roles
    with (
        refuses(nw.ConfigError, "option-out-of-range", option=option)
        if option != "encoding"
        else refuses(nw.ConfigError, "encoding-unknown", encoding="nonsense")
    ):
        read_corpus(talks, WORD, **{option: "nonsense"})


def test_texts_that_look_odd_are_told_of_wherever_they_come_from(tmp_path):
    lines = [f"12/03/24, 09:{n % 60:02} - Ann: I like tea number {n}." for n in range(90)]
    path = tmp_path / "a.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    for source in (lines, iter(lines)):
        notes = {note.code: note.figures for note in read_corpus(source, WORD).notes}
        assert notes["looks-odd"] == {"looks": "chat", "lines": 90, "of": 90}
    notes = {note.code: note.figures for note in read_corpus(path, WORD).notes}
    assert "looks-odd" not in notes
    assert notes["read-texts"]["formats"] == {"chats": 1}
    assert read_corpus(path, WORD).texts.words[:4] == ("I", "like", "tea", "number")


@pytest.mark.parametrize(
    "names", [["missing.txt"], ["data/missing.jsonl"], [Path("missing.txt")], {Path("a"): 1}.keys()]
)
def test_a_single_name_of_a_missing_file_is_no_text(names):
    with refuses(nw.InputError, "list-of-files", files=1):
        read(names)


def test_a_corpus_extends_a_tokenizer():
    texts = read_corpus(["tea rum"], WORD)
    _, tokenizer, _ = read(["tea"])
    chosen = np.ones(len(texts.loss_mask), np.bool_)
    assert texts.extend(tokenizer, chosen).vocabulary.words[3:] == ("tea", "rum")
    talks = read_corpus(TALKS, WORD)
    with refuses(nw.InputError, "roles-missing", roles=talks.roles):
        talks.extend(tokenizer, np.ones(len(talks.loss_mask), np.bool_))


@pytest.mark.parametrize(
    ("source", "error", "code", "figures"),
    [
        ([TALKS[0], "Tea?"], nw.InputTypeError, "item-not-conversation", {"received": "str", "position": 1}),
        (["Tea?", TALKS[0]], nw.InputTypeError, "text-not-str", {"received": "Conversation", "position": 1}),
        (TALKS[0], nw.InputTypeError, "single-conversation", {}),
        ([TALKS[0], nw.Conversation()], nw.InputError, "conversation-empty", {"position": 1}),
        (b"tea", nw.InputTypeError, "texts-not-iterable", {"received": "bytes"}),
        ({"tea": 1}, nw.InputTypeError, "texts-not-iterable", {"received": "dict"}),
        (7, nw.InputTypeError, "texts-not-iterable", {"received": "int"}),
        ([], nw.InputError, "no-words", {"texts": 0}),
    ],
)
def test_other_sources_are_refused(source, error, code, figures):
    with refuses(error, code, **figures):
        read(source)


def test_a_training_part_without_a_reply_is_told_of():
    silent = nw.Conversation().say("user", "Tea?")
    corpus = read_corpus([silent] * 9 + [TALKS[0]], WORD, replies_only=True)
    with refuses(nw.InputError, "replies-all-held-out"):
        corpus.tokenizer_of(~corpus.loss_mask & (np.arange(len(corpus.loss_mask)) < 5), WORD)


def test_a_vocabulary_without_room_for_a_word_is_refused():
    with refuses(nw.ConfigError, "option-out-of-range", option="max_vocabulary", value=6):
        read(TALKS, nw.TokenizerConfig(max_vocabulary=6))
    assert len(read(TALKS, nw.TokenizerConfig(max_vocabulary=8))[1].vocabulary) == 8
