r"""What is written: how words join a text that is already there, which stays as it is, to the byte.

Input: a tokenizer, a text and words. Output: the text, continued with the spaces that English and Chinese have, or the
place in it where an unfinished word begins.
"""

import re
from collections.abc import Sequence

from nextword.prediction.context import ANCHOR_CHARACTERS, ending_of
from nextword.tokens.characters import LINE_BREAKS, clean_text, is_mark
from nextword.tokens.forms import APOSTROPHES, HYPHENS, comparison_form, in_spelling_of
from nextword.tokens.quoting import QUOTE_RULES
from nextword.tokens.tokenizer import Tokenizer

# So much of a line decides about a space, unless quotes do, which open and close over the whole line.
_NEAR_CHARACTERS = 80
_NEAR_WORDS = 12
_NEXT = "a"  # a word that may come later: a quote that is written last does not end the line
_SIGN, _HYPHEN = f"[{re.escape(APOSTROPHES)}]", f"[{re.escape(HYPHENS)}]"
_ENDING = "(?:[stdm]|re|ve|ll)"
# The end of a text and, behind a NUL, a word that goes on in the same word: don' t, don 't, do n't, well- known.
_ONE_WORD = re.compile(
    f"(?:[^\\W\\d_]{_SIGN}\0{_ENDING}|[^\\W\\d_]\0(?:{_SIGN}{_ENDING}|n{_SIGN}t)|\\w{_HYPHEN}\0\\w.*)\\Z",
    re.IGNORECASE | re.DOTALL,
)
# A word and a sign that may join it to what comes.
_CONNECTED = re.compile(f"\\w+(?:{_SIGN}|{_HYPHEN}|[.])")
_EMOTICON = re.compile("[:;=]['^o-]?[()\\[\\]DPp/\\\\|*3]+")


def append_words(tokenizer: Tokenizer, text: str, words: Sequence[str]) -> str:
    r"""Return the text as it was, continued by words with the spaces that English and Chinese have.

    Args:
        tokenizer: The tokenizer of the model, for its level.
        text: Any text; it is kept as it is.
        words: Tokens to append, "\n" for a line break.

    Returns:
        A text that begins with `text`.
    """
    if not words:
        return text
    if tokenizer.config.level == "char":
        return text + tokenizer.join(words)
    added = _joined_behind(tokenizer, _words_of_line(tokenizer, text), words)
    return text + (added.lstrip(" ") if ends_in_space(text) else added)


def space_before(tokenizer: Tokenizer, text: str, word: str) -> str:
    """Return what readable text has between a text and what follows it.

    Args:
        tokenizer: The tokenizer of the model, for its level.
        text: Any text.
        word: What follows: a word, a mark, or several.

    Returns:
        A space or nothing: nothing too where one of them has white space there.
    """
    level = tokenizer.config.level
    words = tokenizer.split(word)
    if level == "char" or not words or not clean_text(word[0]).strip(" \n") or ends_in_space(text):
        return ""
    if level == "word" and _ONE_WORD.search(f"{text[-2:]}\0{word.rstrip()}"):
        return ""
    if _EMOTICON.fullmatch(word.strip()):  # given whole it is one, in brackets too
        return " "
    before = tokenizer.split(LINE_BREAKS.split(text[-_NEAR_CHARACTERS:])[-1])[-_NEAR_WORDS:]
    if words[0] in QUOTE_RULES or (before and before[-1] in QUOTE_RULES):
        before = _words_of_line(tokenizer, text)
    return " " if _joined_behind(tokenizer, before, [*words, _NEXT]).startswith(" ") else ""


def follows_tightly(tokenizer: Tokenizer, text: str, word: str) -> bool:
    r"""Return whether what follows a text is a mark without a space before it, or a line break.

    Args:
        tokenizer: The tokenizer of the model, for its level.
        text: Any text.
        word: What follows.
    """
    cleaned = clean_text(word)
    if cleaned[:1] == "\n":
        return True
    mark = tokenizer.config.level == "word" and not cleaned[:1].isspace() and re.match(r"\W", cleaned) is not None
    return mark and not space_before(tokenizer, text, word)


def accepted_text(tokenizer: Tokenizer, text: str, typed: str, last_words: Sequence[str], word: str) -> str | None:
    r"""Return the text with a suggestion in place of its unfinished last word, spelt as that one.

    Args:
        tokenizer: The tokenizer of the model, for its level.
        text: Any text.
        typed: The unfinished last word, cleaned; empty if there is none.
        last_words: The last tokens of the text: one like `don` `'` may begin an unknown word `don't`.
        word: The suggestion, white space around it allowed.

    Returns:
        The text, or None if the suggestion does not go on from the unfinished last word.
    """
    suggested = word.lstrip(" ")
    joined = "".join(last_words)
    if not typed and tokenizer.config.level == "word" and _CONNECTED.fullmatch(joined):
        typed = joined if ending_of(text).endswith(joined) else ""
    form = comparison_form(typed)
    start = last_word_start(text, typed) if form and comparison_form(suggested).startswith(form) else None
    if start is None:
        return None
    # A Chinese word may have spaces in it. They are no part of the suggestion, so they stay.
    spaces = [position for position in range(start, len(text)) if clean_text(text[position]) in (" ", "\n")]
    if spaces:
        typed_before = re.sub("[ \n]", "", clean_text(text[start : spaces[-1]]))
        return text[: spaces[-1] + 1] + suggested[len(typed_before) :]
    return text[:start] + in_spelling_of(suggested, typed)


def ends_in_space(text: str) -> bool:
    r"""Return whether a text is empty or ends in white space of any kind, invisible characters aside.

    Args:
        text: Any text.

    Examples:
        >>> ends_in_space("tea\u3000"), ends_in_space("tea\u200b")
        (True, False)
    """
    return ending_of(text)[-1:] in ("", " ", "\n")


def last_word_start(text: str, typed: str) -> int | None:
    r"""Return where the last word of a text begins.

    Args:
        text: Any text.
        typed: Its last word as `split_words` gives it: cleaned, and a Chinese one without the spaces in it.

    Returns:
        The latest place from which the text reads `typed`, in characters; None if there is none.

    Examples:
        >>> last_word_start("I like te", "te"), last_word_start("un cafe\u0301", "café")
        (7, 3)
    """
    if text.endswith(typed):
        return len(text) - len(typed)
    for start in range(len(text) - 1, -1, -1):
        if is_mark(text[start]) or not clean_text(text[start]).strip(" \n"):
            continue  # no word begins in these
        read = re.sub("[ \n]", "", clean_text(text[start:]))
        if read == typed:
            return start
        if len(read) > 2 * len(typed):
            return None
    return None


def _words_of_line(tokenizer: Tokenizer, text: str) -> list[str]:
    """Return the words of the last line; of a long one the last words, behind a `"` if one is open there."""
    *earlier_lines, line = LINE_BREAKS.split(text[-ANCHOR_CHARACTERS:])
    words, quotes, end = tokenizer.split(line), 0, len(text) - ANCHOR_CHARACTERS
    while end > 0 and not earlier_lines:
        *earlier_lines, part = LINE_BREAKS.split(text[max(0, end - ANCHOR_CHARACTERS) : end])
        quotes += part.count('"')
        end -= ANCHOR_CHARACTERS
    return ['"', *words] if quotes % 2 else words


def _joined_behind(tokenizer: Tokenizer, before: Sequence[str], words: Sequence[str]) -> str:
    """Return words joined, with the space that stands before them behind others."""
    joined = tokenizer.join([*before, *words])
    left = sum(len(word) - word.count(" ") for word in words)
    start = len(joined)
    while left:
        start -= 1
        left -= joined[start] != " "
    return joined[start - (joined[start - 1 : start] == " ") :]
