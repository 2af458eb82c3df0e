r"""The comparison form: in which spellings of one word are equal, whatever keyboard or program wrote them.

Input: words. Output: their forms. Reading, completing and blocking all compare words by this module and by no other
rule. Its steps, in order:

1. Invisible characters are left out: format characters (zero-width spaces, soft hyphens, text directions), joiners,
   variation selectors (❤️ is ❤) and skin tones (👍🏽 is 👍). Where nothing else is there, the last three stay.
2. Signs of one meaning become one: apostrophes `'`, double quotes `"`, hyphens and minus `-`, longer dashes `--`.
3. Compatibility characters become what they stand for, by NFKC: ＡＰＩ, ２０２４, ﬁnd, …. Accents stay.
4. A run of two or more `.` becomes `...`, one of `-` becomes `--`.
5. Case is folded, last of all; the dotless ı and the dotted İ are i.

Steps 1 to 4 alone are the `spelling_form`, which keeps case. Each character goes through steps 1 to 3 by itself, in one
table that fills as characters come, so that a whole vocabulary takes some hundredths of a second.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from nextword.tokens.characters import is_removed_format

APOSTROPHES = "'’‘ʼ＇′`´‛ʻʽʹ‵՚｀"
"""Signs that are written for an apostrophe."""

HYPHENS = "-‐‑‒−﹣－˗⁃"
"""Signs that are written for a hyphen or minus."""

DASHES = "–—―⸺⸻﹘︱︲"
"""Signs that are written for a dash, `--`."""

QUOTES = '"“”„‟″〝〞〟＂❝❞'
"""Signs that are written for a double quote."""

_SIGNS = {
    **dict.fromkeys(APOSTROPHES, "'"),
    **dict.fromkeys(HYPHENS, "-"),
    **dict.fromkeys(DASHES, "--"),
    **dict.fromkeys(QUOTES, '"'),
    "⋯": "...",
    "〜": "~",
}
# Joiners, variation selectors and skin tones: in the middle of a word or emoji they change its looks only.
_VARIANTS = "\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef"
_DOTTED_I = re.compile("ı\u0307*|i\u0307+")
_RUNS = re.compile(r"\.{2,}|-{2,}")
# From this length on it pays to look first which characters there are.
_LONG = 1_000
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def comparison_form(word: str) -> str:
    r"""Return the form in which all spellings of a word are equal; the form of a form is itself.

    Args:
        word: A word or text.

    Examples:
        >>> [comparison_form(word) for word in ("ＡＰＰＬＥ", "Don’t", "e\u2011mail", "❤\ufe0f", "…", "—", "Işık")]
        ['apple', "don't", 'e-mail', '❤', '...', '--', 'işik']
    """
    return fold_case(spelling_form(word))


def comparison_forms(words: Iterable[str]) -> list[str]:
    r"""Return the comparison forms of many words, several times faster than one by one.

    Args:
        words: Words without line breaks.

    Examples:
        >>> comparison_forms(["Tea", "ｔｅａ", "茶"])
        ['tea', 'tea', '茶']
    """
    return _folded_apart(list(words), lambda some: fold_case("\n".join(_spelling_forms(some))).split("\n"))


def spelling_form(word: str) -> str:
    """Return the form in which the spellings of a word are equal that do not differ in case.

    Args:
        word: A word or text.

    Examples:
        >>> spelling_form("Ｄon’t")
        "Don't"
    """
    form = _folded(word)
    return form or _with_variants_only(word)


def spelling_forms(words: Iterable[str]) -> list[str]:
    """Return the spelling forms of many words, several times faster than one by one.

    Args:
        words: Words without line breaks.

    Examples:
        >>> spelling_forms(["Don’t", "ＡＰＩ", "tea"])
        ["Don't", 'API', 'tea']
    """
    return _folded_apart(list(words), _spelling_forms)


def fold_case(form: str) -> str:
    """Return the comparison form of a word from its spelling form.

    Args:
        form: What `spelling_form` returned.

    Examples:
        >>> fold_case("İSTANBUL"), fold_case("STRASSE") == fold_case("Straße")
        ('istanbul', True)
    """
    if form.isascii():
        return form.lower()
    return unicodedata.normalize("NFC", _DOTTED_I.sub("i", form.casefold()))


def in_spelling_of(word: str, typed: str) -> str:
    r"""Return a word as the person spells it who typed its beginning: with the same apostrophes, hyphens and width.

    What was typed is kept where it is the beginning of the word but for its signs and width. Case is that of the word.

    Args:
        word: A word, such as a suggestion.
        typed: What was typed of it.

    Returns:
        The word in that spelling; `word` itself where it does not begin so in any spelling.

    Examples:
        >>> in_spelling_of("I'll", "I’"), in_spelling_of("rock'n'roll", "Rock’"), in_spelling_of("API", "ＡＰ")
        ('I’ll', 'rock’n’roll', 'ＡＰＩ')
        >>> in_spelling_of("iPhone", "iph"), in_spelling_of("don't", "x’")
        ('iPhone', "don't")
    """
    if not typed or word.startswith(typed) or not comparison_form(word).startswith(comparison_form(typed)):
        return word
    begun = spelling_form(typed)
    end = next((end for end in range(len(word), 0, -1) if spelling_form(word[:end]) == begun), 0)
    rest = word[end:]
    for signs in (APOSTROPHES, HYPHENS):
        sign = next((character for character in reversed(typed) if character in signs), "")
        if sign:
            rest = re.sub(f"[{re.escape(signs)}]", sign, rest)
    full_width = any("\uff01" <= character <= "\uff5e" for character in typed)
    if full_width and not any("!" <= character <= "~" for character in typed):
        rest = rest.translate(_FULL_WIDTH)
    return typed + rest if end else rest


def spellings(word: str) -> tuple[str, str, str, str]:
    """Return the casings in which a word is looked up, the best first.

    Args:
        word: One word.

    Returns:
        The word, in lower case, capitalised and in upper case; equal ones are repeated.

    Examples:
        >>> spellings("iPod")
        ('iPod', 'ipod', 'Ipod', 'IPOD')
    """
    return word, word.lower(), word.capitalize(), word.upper()


def _folded_apart(words: list[str], fold: Callable[[list[str]], list[str]]) -> list[str]:
    """Return the forms of words, those of ASCII by themselves: in one text, a few others would slow down all."""
    others = [position for position, word in enumerate(words) if not word.isascii()]
    if not words or not others or 2 * len(others) > len(words):
        return fold(words) if words else []
    plain = words.copy()
    for position in others:
        plain[position] = "-"
    forms = fold(plain)
    for position, form in zip(others, fold([words[position] for position in others]), strict=True):
        forms[position] = form
    return forms


def _spelling_forms(words: list[str]) -> list[str]:
    forms = _folded("\n".join(words)).split("\n")  # no step reaches over a line break
    if "" not in forms:
        return forms
    return [form or _with_variants_only(word) for form, word in zip(forms, words, strict=True)]


class _Folding(dict[int, str]):
    """What each character becomes by steps 1 to 3, found when it first comes."""

    def __init__(self, left_out: str = "") -> None:
        """Keep what is left out beside format characters, as the inside of a regular expression's `[...]`."""
        super().__init__()
        self._left_out = re.compile(f"[{left_out}]" if left_out else r"(?!)")

    def __missing__(self, code: int) -> str:
        character = unicodedata.normalize("NFC", chr(code))
        folded = _SIGNS.get(character) or unicodedata.normalize("NFKC", character)
        if " " in folded:  # ¨ would become a space and a mark
            folded = " " if character.isspace() and character != "\n" else character
        kept = [part for part in folded if not is_removed_format(part)]
        folded = self._left_out.sub("", "".join([_SIGNS.get(part, part) for part in kept]))
        self[code] = folded
        return folded


@cache
def _folding() -> _Folding:
    """Return the table of steps 1 to 3."""
    return _Folding(_VARIANTS)


@cache
def _folding_with_variants() -> _Folding:
    """Return the table of steps 1 to 3 that keeps joiners, variation selectors and skin tones."""
    return _Folding()


def _folded(text: str) -> str:
    """Return a text after steps 1 to 4, empty where all of it is invisible."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", replaced(text, _folding()))
    elif "`" in text:
        text = text.replace("`", "'")
    return _RUNS.sub(_run, text) if ".." in text or "--" in text else text


def replaced(text: str, table: Mapping[int, str]) -> str:
    """Return a text with characters replaced, as `str.translate` does, in a fraction of its time for a long text.

    Args:
        text: Any text.
        table: What takes the place of a character, by its code; a default dict, or one that has all that are asked for.

    Examples:
        >>> replaced("tea 茶", {**{ord(character): character for character in "tea "}, ord("茶"): "cha"})
        'tea cha'
    """
    if len(text) < _LONG:
        return text.translate(table)
    changing = [character for character in set(text) if table[ord(character)] != character]
    if not changing:
        return text
    pattern = "".join(map(re.escape, changing))
    return re.sub(f"[{pattern}]", lambda match: table[ord(match[0])], text)


def _run(match: re.Match[str]) -> str:
    return "..." if match[0][0] == "." else "--"


def _with_variants_only(word: str) -> str:
    """Return the form of a word of which step 1 leaves nothing."""
    return unicodedata.normalize("NFC", word.translate(_folding_with_variants()))
