"""What people bring and keep, case by case, each right or wrong: used by `sources.py`.

Every case gets an empty folder, makes its input there, and returns whether the outcome is right. An error that the case
does not expect makes it wrong. Kinds: K4 is what is learnt, K6 odd rows, K7 files, K9 the words of errors.
"""

import errno
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import nextword as nw
from nextword.corpus.stream import read_corpus

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SENTENCES = (
    "The boat came back before noon.",
    "Nobody had seen the old man since Friday.",
    "We could take the train instead.",
    "She asked whether the shop was open.",
    "今天天气很好，我们去公园走走。",
    "他说明天不会来了。",
)


class Case(NamedTuple):
    """A case: its kind, what is brought, and whether the outcome is right."""

    kind: str
    name: str
    is_right: Callable[[Path], bool]


CASES: list[Case] = []


def case(kind: str, name: str) -> Callable[[Callable[[Path], bool]], Callable[[Path], bool]]:
    """Add a function to the cases."""

    def add(function: Callable[[Path], bool]) -> Callable[[Path], bool]:
        CASES.append(Case(kind, name, function))
        return function

    return add


def written(path: Path, content: str | bytes) -> Path:
    """Write a file, its folder too, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def texts_of(source: Any) -> list[str]:
    """Return the texts that `fit` would learn, letter by letter."""
    texts = read_corpus(source, nw.TokenizerConfig(level="char")).texts
    lines = "".join(texts.words[number] for number in texts.word_numbers).split("\n")
    return [line.strip() for line in lines if line.strip()]


def words_of(source: Any) -> list[str]:
    """Return the words of these texts."""
    return " ".join(texts_of(source)).split()


def refusal(function: Callable[[], Any]) -> str:
    """Return the message with which something is refused, "" if it is not, or not in our own words."""
    try:
        result = function()
        if isinstance(result, Iterator):
            list(result)
    except nw.NextwordError as error:
        return str(error)
    return ""


def refused(function: Callable[[], Any], *mentions: str, never: str = "\0") -> bool:
    """Return whether something is refused in our own words, which mention some things and never another."""
    message = refusal(function)
    return bool(message) and all(word in message for word in mentions) and never not in message


# K4: what is not the text is learnt without a word.


@case("K4", "a list of two files, one of them missing")
def missing_file(folder: Path) -> bool:
    there = written(folder / "a.txt", "\n".join(SENTENCES))
    return refused(lambda: words_of([str(there), str(folder / "missing.txt")]), "missing.txt")


@case("K4", "a generator of file names")
def file_names(folder: Path) -> bool:
    there = written(folder / "a.txt", "\n".join(SENTENCES))
    return refused(lambda: words_of(str(there) for _ in range(2)), "read_texts")


@case("K4", "a data frame")
def data_frame(folder: Path) -> bool:
    class DataFrame:
        columns = ("id", "text")

        def __iter__(self) -> Iterator[str]:
            return iter(self.columns)

        def to_dict(self) -> dict[str, list[str]]:
            return {"id": ["1"], "text": ["tea"]}

    return refused(lambda: words_of(DataFrame()), "column")


@case("K4", "rows of a dataset, each a dict")
def dict_rows(folder: Path) -> bool:
    return refused(lambda: words_of([{"text": text} for text in SENTENCES]), '"text"')


@case("K4", "chat.json, an array of conversations")
def chat_array(folder: Path) -> bool:
    talk = {"messages": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes, please."}]}
    path = written(folder / "chat.json", json.dumps([talk] * 30, indent=1))
    return bool(read_corpus(path, nw.TokenizerConfig()).roles) and "{" not in words_of(path)


@case("K4", "talks.ndjson, a conversation a line")
def ndjson(folder: Path) -> bool:
    talk = {"messages": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes, please."}]}
    path = written(folder / "talks.ndjson", (json.dumps(talk) + "\n") * 30)
    return bool(read_corpus(path, nw.TokenizerConfig()).roles)


@case("K4", "settings.json, no conversation")
def other_json(folder: Path) -> bool:
    path = written(folder / "settings.json", json.dumps({"colour": "green", "size": [1, 2]}, indent=1))
    return refused(lambda: words_of(path))


@case("K4", "a pipe of 5,000 lines")
def pipe(folder: Path) -> bool:
    if not hasattr(os, "mkfifo"):
        return False
    path = folder / "pipe"
    os.mkfifo(path)
    lines = [f"{SENTENCES[number % 6]} {number}" for number in range(5_000)]
    # In a process of its own, as an older code may leave it waiting for ever.
    writer = "import sys; p, t = sys.argv[1:]; open(p, 'w', encoding='utf-8').write(open(t, encoding='utf-8').read())"
    text = written(folder / "lines", "\n".join(lines))
    process = subprocess.Popen([sys.executable, "-c", writer, str(path), str(text)], stderr=subprocess.DEVNULL)
    is_over = threading.Event()

    def write_nothing() -> None:
        # An older code opens the pipe again and waits for a second writer: let it have one that writes nothing.
        while not is_over.wait(2.0):
            if process.poll() is not None:
                os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))

    helper = threading.Thread(target=write_nothing)
    helper.start()
    try:
        return len(texts_of(path)) == len(lines)
    finally:
        is_over.set()
        helper.join()
        process.kill()
        process.wait()


@case("K4", "a WhatsApp export")
def whatsapp(folder: Path) -> bool:
    lines = [
        "5/14/23, 9:01 AM - Messages and calls are end-to-end encrypted. No one outside of this chat can read them."
    ]
    lines += [f"5/{14 + n // 9}/23, 9:{10 + n} AM - {'AnnaBo'[n % 2 * 4 :][:4]}: {SENTENCES[n % 6]}" for n in range(40)]
    lines += ["5/20/23, 9:40 AM - Anna: <Media omitted>"]
    return sorted(set(texts_of(written(folder / "chat.txt", "\n".join(lines))))) == sorted(set(texts_of(SENTENCES)))


@case("K4", "subtitles")
def subtitles(folder: Path) -> bool:
    cues = [f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n:02},900\n<i>{SENTENCES[n % 6]}</i>\n" for n in range(30)]
    return texts_of(written(folder / "film.srt", "\n".join(cues))) == texts_of([SENTENCES[n % 6] for n in range(30)])


@case("K4", "a mailbox")
def mailbox(folder: Path) -> bool:
    message = (
        "From anna@example.org Mon Jan  1 10:00:00 2024\nFrom: Anna <anna@example.org>\nSubject: boats\n"
        "Message-ID: <{n}@example.org>\nContent-Type: text/plain; charset=utf-8\n\n"
        "{text}\n\nOn Mon, Bob wrote:\n> {text}\n\n-- \nAnna\n\n"
    )
    path = written(folder / "inbox.mbox", "".join(message.format(n=n, text=SENTENCES[n % 6]) for n in range(12)))
    return texts_of(path) == texts_of([SENTENCES[n % 6] for n in range(12)])


@case("K4", "a table")
def table(folder: Path) -> bool:
    path = written(folder / "posts.csv", "id,post,likes\n" + "".join(f'{n},"{SENTENCES[0]}",{n}\n' for n in range(30)))
    return refused(lambda: words_of(path), "post", "read_table")


@case("K4", "a web page")
def web_page(folder: Path) -> bool:
    page = "<!DOCTYPE html><html><head><title>t</title><script>var x;</script></head><body>\n"
    page += "".join(f"<p>{text.replace(' ', ' <b></b>', 1)}</p>\n" for text in SENTENCES) + "</body></html>"
    found = texts_of(written(folder / "page.html", page))
    return found[-6:] == texts_of(SENTENCES) and "<" not in "".join(found)


@case("K4", "a note in Markdown")
def markdown(folder: Path) -> bool:
    note = "# Boats\n\n" + "\n\n".join(f"- **{text}**" for text in SENTENCES) + "\n\n```\nx = 1\n```\n"
    return texts_of(written(folder / "note.md", note)) == texts_of(["Boats", *SENTENCES])


@case("K4", "rich text")
def rich_text(folder: Path) -> bool:
    path = written(folder / "note.rtf", r"{\rtf1\ansi\deff0 {\fonttbl {\f0 Arial;}} \f0\fs24 Tea.\par}")
    return refused(lambda: words_of(path), "rich text") or refused(lambda: words_of(path), "RTF")


def notes_folder(folder: Path) -> Path:
    """Make a folder of notes with hidden copies."""
    written(folder / "b.txt", SENTENCES[0])
    written(folder / "A.TXT", SENTENCES[1])
    written(folder / "deep" / "c.txt", SENTENCES[2])
    for hidden in (".hidden.txt", "._b.txt", ".ipynb_checkpoints/b-checkpoint.txt"):
        written(folder / hidden, b"\0\5\x16\7" if hidden.startswith("._") else "A hidden copy.")
    return folder


@case("K4", "a folder: endings in capitals are read")
def capital_endings(folder: Path) -> bool:
    return texts_of(SENTENCES[1:2])[0] in texts_of(notes_folder(folder))


@case("K4", "a folder: hidden copies are left out")
def hidden_copies(folder: Path) -> bool:
    return sorted(texts_of(notes_folder(folder))) == sorted(texts_of(SENTENCES[:3]))


@case("K4", "a folder of conversations")
def jsonl_folder(folder: Path) -> bool:
    talk = {"messages": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes, please."}]}
    written(folder / "talks" / "a.jsonl", (json.dumps(talk) + "\n") * 20)
    return bool(read_corpus(folder / "talks", nw.TokenizerConfig()).roles)


@case("K4", "the notes say how many files and lines were read")
def notes_tell(folder: Path) -> bool:
    notes = read_corpus(notes_folder(folder), nw.TokenizerConfig()).notes
    return any(note.figures.get("files") == 3 and note.figures.get("lines") == 3 for note in notes)


PROSE = (
    "The boat came back before noon, and the children ran down to the water to see what it had brought from the "
    "islands. Nobody had thought that it would be so late in the year.",
    "There was a wonderful smell of tar and of oranges. The old man who sat at the wall had been waiting since the "
    "morning, but he did not get up when the boat was made fast.",
    "She asked him whether he was not well. He laughed and said that he was only tired, as everybody is who has to "
    "wait too long for a thing that he has wanted for many years.",
) * 4
_HAN_SENTENCES = (
    "今天早上天气非常好，孩子们都跑到河边去看那条刚刚从岛上回来的小船，"
    "谁也没有想到它会在这么晚的季节里回来，大家都很高兴。",
    "老人坐在墙边，从早上一直等到现在，可是船靠岸的时候他并没有站起来，"
    "只是慢慢地抬起头，看了看远处的山和水，又低下头去了。",
    "她问他是不是不舒服，他笑着说只是有些累了，"
    "因为一个人为了一件想了很多年的事情等得太久，总是会觉得累的，说完就不再开口了。",
)
HAN_PROSE = tuple(
    f"　　{_HAN_SENTENCES[n % 3]}{_HAN_SENTENCES[n // 3 % 3]}{_HAN_SENTENCES[n // 2 % 3]}" for n in range(18)
)


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return a text in lines of at most a width."""
    import textwrap

    return textwrap.fill(text, width, initial_indent=indent)


def cut(text: str, width: int) -> str:
    """Return a Chinese text in lines of a width."""
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


@case("K4", "a Chinese book at 35 characters without blank lines")
def chinese_book(folder: Path) -> bool:
    path = written(folder / "book.txt", "\n".join(cut(text, 35) for text in HAN_PROSE))
    return texts_of(path) == [text.strip() for text in HAN_PROSE]


@case("K4", "an English book with indents, without blank lines")
def english_book(folder: Path) -> bool:
    path = written(folder / "book.txt", "\n".join(wrapped(text, 70, "   ") for text in PROSE))
    return texts_of(path) == list(PROSE)


@case("K4", "words that are hyphenated at line ends")
def hyphens(folder: Path) -> bool:
    lines = "\n\n".join(wrapped(text, 60) for text in PROSE)
    lines = lines.replace("wonderful", "won-\nderful", 1)
    return "wonderful" in words_of(written(folder / "book.txt", lines)) and "won-" not in words_of(folder / "book.txt")


@case("K4", "_italics_")
def italics(folder: Path) -> bool:
    text = "\n\n".join(wrapped(text.replace("not", "_not_"), 60) for text in PROSE)
    found = words_of(written(folder / "book.txt", text))
    return "not" in found and not any("_" in word for word in found)


@case("K4", "verse stays in lines")
def verse(folder: Path) -> bool:
    stanza = "The sea is wide,\nThe sea is deep,\n\nAnd all the little fishes sleep,\nTheir secrets they will keep.\n\n"
    return len(texts_of(written(folder / "poem.txt", stanza * 8))) == 32


# K6: one odd row refuses the whole file.


def talk_row(**replaced: Any) -> str:
    """Return a line of JSON: a conversation of two turns, or with other keys."""
    messages = [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes, please."}]
    return json.dumps({"messages": messages} | replaced)


DIALECTS: dict[str, Any] = {
    "content null beside tool calls": {
        "messages": [
            {"role": "user", "content": "Tea?"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
            {"role": "tool", "content": "hot", "tool_call_id": "1"},
            {"role": "assistant", "content": "It is hot."},
        ]
    },
    "content missing beside tool calls": {
        "messages": [
            {"role": "user", "content": "Tea?"},
            {"role": "assistant", "tool_calls": [{"id": "1"}]},
            {"role": "assistant", "content": "It is hot."},
        ]
    },
    "a list of parts": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Tea?"}, {"type": "image_url", "image_url": {}}]},
            {"role": "assistant", "content": [{"type": "text", "text": "It is hot."}]},
        ]
    },
    "role developer": {
        "messages": [{"role": "developer", "content": "Be short."}, *json.loads(talk_row())["messages"]]
    },
    "roles in capitals": {"messages": [{"role": "User", "content": "Tea?"}, {"role": "ASSISTANT", "content": "Yes."}]},
    "role function": {
        "messages": [*json.loads(talk_row())["messages"], {"role": "function", "name": "f", "content": "1"}]
    },
    "several system turns": {
        "messages": [{"role": "system", "content": "A"}, {"role": "system", "content": "B"}]
        + json.loads(talk_row())["messages"]
    },
    "a late system turn": {
        "messages": [*json.loads(talk_row())["messages"], {"role": "system", "content": "B"}]
        + json.loads(talk_row())["messages"]
    },
    "an empty turn": {"messages": [*json.loads(talk_row())["messages"], {"role": "user", "content": ""}]},
    "from and value": {"conversations": [{"from": "human", "value": "Tea?"}, {"from": "gpt", "value": "Yes."}]},
    "prompt and completion": {"prompt": "Tea?", "completion": " Yes."},
    "prompt and completion as messages": {
        "prompt": [{"role": "user", "content": "Tea?"}],
        "completion": [{"role": "assistant", "content": "Yes."}],
    },
    "instruction, input, output": {"instruction": "Say yes.", "input": "", "output": "Yes."},
    "a bare list": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes."}],
    "contents with parts": {
        "contents": [{"role": "user", "parts": [{"text": "Tea?"}]}, {"role": "model", "parts": [{"text": "Yes."}]}]
    },
    "chosen and rejected": {
        "prompt": "Tea?",
        "chosen": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes."}],
        "rejected": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Never."}],
    },
}


def _add_dialects() -> None:
    def dialect(row: Any) -> Callable[[Path], bool]:
        def is_read(folder: Path) -> bool:
            path = written(folder / "talks.jsonl", (json.dumps(row) + "\n") * 4)
            talks = list(nw.read_conversations(path))
            said = " ".join(turn.text for talk in talks for turn in talk.turns)
            return len(talks) == 4 and "Never" not in said and any(talk.turns[-1].role == "assistant" for talk in talks)

        return is_read

    for name, row in DIALECTS.items():
        case("K6", f"conversations: {name}")(dialect(row))


_add_dialects()


@case("K6", "conversations: one odd row of 40")
def odd_row(folder: Path) -> bool:
    rows = [talk_row()] * 39 + ['{"messages": "no list"}']
    return len(list(nw.read_conversations(written(folder / "talks.jsonl", "\n".join(rows))))) == 39


@case("K6", "conversations: 20 odd rows of 40 are refused, with file and line")
def many_odd_rows(folder: Path) -> bool:
    path = written(folder / "talks.jsonl", "\n".join([talk_row(), '{"messages": 5}'] * 20))
    return refused(lambda: nw.read_conversations(path), "talks.jsonl", "line 2")


def vectors_case(name: str, bad_row: bytes) -> None:
    """Add a file of 40 vectors, one of them odd."""

    def is_read(folder: Path) -> bool:
        rows = [f"word{n} 0.5 {n / 8}".encode() for n in range(39)]
        path = written(folder / "v.txt", b"\n".join([*rows[:20], bad_row, *rows[20:]]) + b"\n")
        return len(nw.load_vectors(path).words) == 39

    case("K6", f"vectors: {name}")(is_read)


vectors_case("a word that is no UTF-8", b"caf\xe9 0.5 0.25")
vectors_case("an empty word", b" 0.5 0.25")
vectors_case("a number that is none", b"tea nan 0.25")
vectors_case("a number too few", b"tea 0.25")


def bad_byte(folder: Path) -> Path:
    """Write a text with one bad byte in line 20."""
    rows = [text.encode() for text in SENTENCES * 10]
    rows[19] += b" caf\xe9"
    return written(folder / "a.txt", b"\n".join(rows))


@case("K6", "one bad byte: told with line and column, and the way out")
def bad_byte_told(folder: Path) -> bool:
    return refused(lambda: nw.read_texts(bad_byte(folder)), "line 20", "errors=", never="iconv")


@case("K6", 'one bad byte: read with errors="replace"')
def bad_byte_read(folder: Path) -> bool:
    read: Any = nw.read_texts
    return len(list(read(bad_byte(folder), errors="replace"))) == 60


@case("K6", "one NUL: told with its line, not called a binary file")
def nul(folder: Path) -> bool:
    path = written(folder / "a.txt", "\n".join(SENTENCES * 4).replace("noon", "no\0n", 1))
    return refused(lambda: nw.read_texts(path), "line 1", never="binary")


# K7: a file is more than its name; a layout is more than its version.


def small_model() -> nw.LanguageModel:
    """Return a model of n-grams."""
    texts = list(SENTENCES) * 4
    tokenizer = nw.build_tokenizer(texts, nw.TokenizerConfig(min_count=1))
    ids = nw.encode_texts(tokenizer, texts)
    return nw.build_language_model(tokenizer, nw.build_ngram(ids, vocabulary_size=len(tokenizer.vocabulary)))


def comes_back(lm: nw.LanguageModel, path: Path) -> bool:
    """Return whether a model is saved and loaded with the same probabilities."""
    nw.save(lm, path)
    before, after = nw.next_word_probabilities(lm, "The"), nw.next_word_probabilities(nw.load(path), "The")
    return bool(np.array_equal(before, after))


@case("K7", "40,000 blocked Chinese words are saved and loaded")
def many_blocked(folder: Path) -> bool:
    words = [f"{chr(0x4E00 + n % 200)}{chr(0x5000 + n // 200)}绿茶" for n in range(40_000)]
    return comes_back(nw.block(small_model(), words), folder / "m.nextword")


@case("K7", "a training of 40,000 epochs is saved and loaded")
def many_epochs(folder: Path) -> bool:
    perplexities = tuple(100 + 100 / (n + 3) for n in range(40_000))
    summary = nw.TrainingSummary(
        config=nw.TrainingConfig(),
        tokens=100,
        held_out_tokens=10,
        perplexities=perplexities,
        held_out_perplexities=perplexities,
        best_epoch=7,
        stopped_by="epochs",
    )
    return comes_back(replace(small_model(), training=summary), folder / "m.nextword")


@case("K7", "a symbolic link stays, its target is replaced")
def link(folder: Path) -> bool:
    target = written(folder / "real.nextword", "old")
    (folder / "link.nextword").symlink_to(target)
    nw.save(small_model(), folder / "link.nextword")
    return (folder / "link.nextword").is_symlink() and target.read_bytes() != b"old"


@case("K7", "a read-only file is refused")
def read_only(folder: Path) -> bool:
    path = written(folder / "m.nextword", "old")
    path.chmod(0o444)
    return refused(lambda: nw.save(small_model(), path), "m.nextword") and path.read_bytes() == b"old"


@case("K7", "a newer file is told apart from a damaged one")
def newer(folder: Path) -> bool:
    from nextword.bundle.format import FORMAT_VERSION
    from nextword.files.sealed import seal

    path = written(folder / "m.nextword", seal({"anything": 1}, {"x": np.zeros(3)}, version=FORMAT_VERSION + 1))
    try:
        nw.load(path)
    except nw.BundleVersionError:
        nw.save(small_model(), path)
        written(path, path.read_bytes()[:-100])
        try:
            nw.load(path)
        except nw.BundleCorruptError:
            return True
    return False


# K9: an error leads into a wall.


def encoding_case(name: str, encoding: str, text: str) -> None:
    """Add a text in an encoding, which is among the candidates named."""

    def is_named(folder: Path) -> bool:
        path = written(folder / "a.txt", ((text + "\n") * 20).encode(encoding))
        return refused(lambda: nw.read_texts(path), encoding, text[:3], never="iconv")

    case("K9", f"{name} is named, with its first words")(is_named)


encoding_case("GB18030", "gb18030", "今天天气很好，我们去公园走走。")
encoding_case("Big5", "big5", "今天天氣很好，我們去公園走走。")
encoding_case("Shift-JIS", "shift_jis", "きょうは天気がいいので、公園へ行きました。")
encoding_case("EUC-KR", "euc_kr", "오늘은 날씨가 좋아서 공원에 갔습니다.")
encoding_case("cp1252", "cp1252", "It’s a “fine” day – at the café.")


def binary_case(name: str, ending: str, start: bytes, mention: str) -> None:
    """Add a binary file, which is named by its first bytes."""

    def is_named(folder: Path) -> bool:
        path = written(folder / f"a.{ending}", start + bytes(range(256)) * 4)
        message = refusal(lambda: nw.read_texts(path))
        return re.search(mention, message, re.IGNORECASE) is not None and "UTF-16" not in message

    case("K9", f"{name} is called what it is")(is_named)


binary_case("a .doc", "doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "word|office")
binary_case("a .png", "png", b"\x89PNG\r\n\x1a\n", "png|picture|image")
binary_case("a .parquet", "parquet", b"PAR1\x15\x04\x15\x00", "parquet")
binary_case("a database", "db", b"SQLite format 3\0\x10\0", "sqlite")


@case("K9", "`generate(lm, text, 50)`")
def generate_number(folder: Path) -> bool:
    function: Any = nw.generate
    return refused(lambda: function(small_model(), "The", 50), "config", "50")


@case("K9", '`fit(texts, "fast")`')
def fit_word(folder: Path) -> bool:
    function: Any = nw.fit
    return refused(lambda: function(SENTENCES, "fast"), "config", "fast")


@case("K9", "`reply(lm, conversation, None)`")
def reply_none(folder: Path) -> bool:
    function: Any = nw.reply
    return refused(lambda: function(small_model(), nw.Conversation().say("user", "Tea?"), None))


@case("K9", "`predict_next_word(text, lm)`, swapped")
def swapped(folder: Path) -> bool:
    function: Any = nw.predict_next_word
    return refused(lambda: function("The", small_model()), "lm")


@case("K9", "`block(lm, 5)` speaks of its own argument")
def block_number(folder: Path) -> bool:
    function: Any = nw.block
    return refused(lambda: function(small_model(), 5), "words", never="`texts`")


@case("K9", "a list of `Path`s: told how, not refused twice")
def list_of_paths(folder: Path) -> bool:
    there = written(folder / "a.txt", "\n".join(SENTENCES))
    return refused(lambda: words_of([there]), "read_texts", never="Pass a `Path`")


@case("K9", "`~` in a path is explained")
def home(folder: Path) -> bool:
    return refused(lambda: nw.read_texts("~/nowhere/tea.txt"), "~", "expanduser")


@case("K9", "`*.txt` is explained")
def pattern(folder: Path) -> bool:
    return refused(lambda: nw.read_texts(str(folder / "*.txt")), "glob")


@case("K9", "a full disk is told with its path")
def full_disk(folder: Path) -> bool:
    lm = small_model()
    with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))):
        try:
            nw.save(lm, folder / "m.nextword")
        except OSError as error:
            return "m.nextword" in str(error)
    return False


@case("K9", "an example on a console of code page 1252")
def console(folder: Path) -> bool:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, str(EXAMPLES / "type_and_generate.py"), "--help"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode == 0
