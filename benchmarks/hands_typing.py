"""Cases of `hands.py` in which somebody types with suggestions, or forbids words: what comes out in the end?"""

import random
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hands_cases import Figure, Setting
from hands_data import apostrophes, folded, straight

# ---- typing with suggestions ----


class Typed(NamedTuple):
    """A line that was typed with suggestions.

    Attributes:
        text: What was written.
        keys: Characters typed and suggestions accepted.
    """

    text: str
    keys: int


def typing(setting: Setting) -> Iterator[Figure]:
    """Type lines with 3 suggestions before every key, and compare what was written with what was meant."""
    for language in setting.languages:
        lm, lines = setting.model(language), setting.texts(language, "valid")
        groups = {language: lines[: setting.lines]}
        if language == "English":
            groups["English, curly apostrophes"] = apostrophes(lines, "’")[: setting.lines]
        for group, meant in groups.items():
            typed = [type_line(lm, line) for line in meant]
            pairs = [(folded_spaces(a.text), folded_spaces(b)) for a, b in zip(typed, meant, strict=True)]
            eaten = sum("".join(text.split()) != "".join(line.split()) for text, line in pairs)
            yield Figure(group, "lines", "count", len(meant))
            yield Figure(group, "keys of 100 characters", "number", 100 * sum(t.keys for t in typed) / total(meant))
            yield Figure(group, "lines with other words than meant (0)", "count", eaten)
            yield Figure(group, "lines with other spaces", "count", sum(a != b for a, b in pairs) - eaten)


def total(lines: list[str]) -> int:
    """Return how many characters lines have."""
    return sum(map(len, lines))


def folded_spaces(text: str) -> str:
    """Return a text with one space for any, and one kind of apostrophe."""
    return " ".join(straight(text).split())


def type_line(lm: Any, line: str) -> Typed:
    """Type a line: accept the word that is meant where it is suggested, else type a character.

    Within a word the typist looks at its completions, elsewhere at the next words. The keyboard writes the space behind
    an accepted word. Directly behind a typed word one that begins like it is typed too, as no keyboard could tell the
    two apart.
    """
    import nextword as nw

    session, keys, at = nw.start_session(lm), 0, 0
    accepted, typed_word, typed_end = False, "", -1
    for word, start, end in places_of(lm, line):
        while at < end:
            offered = {straight(p.word): p.word for p in (session.complete(3) if start < at else session.predict(3))}
            goes_on = at == typed_end and folded(word).startswith(folded(typed_word))
            keys += 1
            if straight(word) in offered and not goes_on:
                session, at, accepted = session.accept(offered[straight(word)]), end, True
                continue
            until = start + 1 if accepted and at < start else at + 1  # the space is there already
            session, at, accepted = session.with_text(session.text + line[at:until]), until, False
        if not accepted:
            typed_word, typed_end = word, end
    return Typed(session.text, keys)


def places_of(lm: Any, line: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of a line with where each begins and ends."""
    end = 0
    for word in lm.tokenizer.split(line):
        start = line.find(word, end)
        if start >= 0:  # else it is written in another Unicode form, and is typed with what follows
            end = start + len(word)
            yield word, start, end


# ---- forbidden words ----


class Entry(NamedTuple):
    """An entry of a list of forbidden words, with places where it could come out.

    Attributes:
        kind: "word", "in blanks", "variant", "phrase", "mixed" (script) or "apostrophe".
        text: As the list has it.
        tokens: As the text has it.
        contexts: Texts before its last token.
    """

    kind: str
    text: str
    tokens: tuple[str, ...]
    contexts: tuple[str, ...]


def forbidden(setting: Setting) -> Iterator[Figure]:
    """Block lists of words, phrases and mixed script, and look for them where they came in the text."""
    import nextword as nw

    for language in setting.languages:
        lm, lines = setting.model(language), setting.texts(language, "train")[:4000]
        entries = forbidden_entries(lm, lines, setting.seeds[0], 150, han=language == "Chinese")
        yield Figure(language, "entries", "count", len(entries))
        accepted = []
        for entry in entries:
            try:
                nw.block(lm, [entry.text])
            except nw.InputError:
                continue
            accepted.append(entry)
        yield Figure(language, "entries refused (0)", "count", len(entries) - len(accepted))
        blocked = block_from_file(lm, [entry.text for entry in accepted])
        for kind in sorted({entry.kind for entry in entries}):
            offered = [entry for entry in entries if entry.kind == kind and comes_out(lm, entry)]
            still = sum(comes_out(blocked, entry) for entry in offered)
            yield Figure(language, f"{kind}: entries that are suggested, nothing blocked", "count", len(offered))
            yield Figure(language, f"{kind}: those of them that still are (0)", "count", still)
        places = [entry.contexts[0] for entry in entries]
        for name, model in (("nothing blocked", lm), ("blocked (0)", blocked)):
            found = generated(model, places, entries)
            yield Figure(language, f"entries in {len(places)} generated texts, {name}", "count", found)


def block_from_file(lm: Any, entries: list[str]) -> Any:
    """Return the model with all entries blocked, read from an open file, a line each."""
    import nextword as nw

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        path.write_bytes("".join(entry.rstrip("\r\n") + "\r\n" for entry in entries).encode())
        with open(path, encoding="utf-8", newline="") as file:
            return nw.block(lm, file)


def comes_out(lm: Any, entry: Entry) -> bool:
    """Return whether the last token of an entry is suggested, as next word or as completion, in one of its places."""
    import nextword as nw

    last = entry.tokens[-1]
    for context in entry.contexts:
        offered = [*nw.predict_next_word(lm, context, 50), *nw.complete_word(lm, context, last[:1], 20)]
        if folded(last) in {folded(prediction.word) for prediction in offered}:
            return True
    return False


def generated(lm: Any, contexts: list[str], entries: list[Entry]) -> int:
    """Return how many entries are in texts that are generated behind contexts, or are completed by them."""
    import nextword as nw

    wanted = {"".join(map(folded, entry.tokens)) for entry in entries}
    found = set()
    for seed, context in enumerate(contexts):
        config = nw.GenerationConfig(max_words=20, stop_at="never", seed=seed)
        before = lm.tokenizer.split(context)
        words = [folded(word) for word in [*before, *nw.generate_words(lm, context, config)]]
        for end in range(len(before) + 1, len(words) + 1):
            found |= wanted & {"".join(words[max(end - length, 0) : end]) for length in (1, 2, 3)}
    return len(found)


def forbidden_entries(lm: Any, lines: list[str], seed: int, number: int, *, han: bool) -> list[Entry]:
    """Return entries of all kinds in equal parts, taken from lines that the model has learnt, each with 2 places."""
    split = [lm.tokenizer.split(line) for line in lines]
    places: dict[tuple[str, tuple[str, ...]], list[tuple[int, int]]] = {}
    for row, tokens in enumerate(split):
        for end in range(2, len(tokens)):
            for kind, found in kinds_of(lm, tokens[end - 1 : end + 1], han):
                places.setdefault((kind, found), []).append((row, end))
    generator = random.Random(seed)
    kinds = sorted({kind for kind, _ in places})
    entries = []
    for kind in kinds:
        known = sorted(key for key, found in places.items() if key[0] == kind and len(found) > 1)
        for key in generator.sample(known, min(len(known), number // len(kinds))):
            contexts = [lm.tokenizer.join(split[row][:end]) for row, end in generator.sample(places[key], 2)]
            entries.append(Entry(kind, written(kind, key[1], han), key[1], tuple(contexts)))
    return entries


def kinds_of(lm: Any, pair: list[str], han: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the kinds of entries that a token and the one before it could be, with their tokens."""
    first, last = pair
    if not all(token in lm.vocabulary.ids for token in pair):
        return
    if is_word(last, han):
        yield from ((kind, (last,)) for kind in ("word", "in blanks", "variant"))
        if is_word(first, han):
            yield "phrase", (first, last)
    if han and first.isalnum() and last.isalnum() and is_han(first) != is_han(last):
        yield "mixed", (first, last)
    if not han and "'" in last and len(last) > 3:
        yield "apostrophe", (last,)


def written(kind: str, tokens: tuple[str, ...], han: bool) -> str:
    """Return an entry as a list has it: other case or width, blanks and line ends around, a curly apostrophe."""
    text = ("" if han else " ").join(tokens)
    if kind == "in blanks":
        return f"  {text}\t\r\n"
    if kind == "variant":
        return " ".join(text) if han else "".join(chr(ord(sign) + 0xFEE0) for sign in text.upper())
    return unicodedata.normalize("NFKC", text) if han else text.replace("'", "’")


def is_word(token: str, han: bool) -> bool:
    """Return whether a token is a word that a list may have: of 2 Han characters or more, or 4 letters."""
    return len(token) > 1 and is_han(token) if han else len(token) > 3 and token.isascii() and token.isalpha()


def is_han(token: str) -> bool:
    """Return whether all characters are Han."""
    return all("一" <= character <= "鿿" for character in token)
