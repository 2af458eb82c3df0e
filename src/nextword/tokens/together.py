r"""Marks that make one thing with what follows them: emoticons, addresses, paths, runs.

Input: the tokens of a line and the place where such a thing begins. Output: how many tokens behind that place belong to
it, so that `spacing.py` writes them together; 0 if it is something else.
"""

import re

ENDING_MARKS = frozenset(".!?…")
"""Marks that end a sentence."""

# An emoticon written without spaces: eyes, a nose or not, a mouth. Letters are mouths only where nothing else fits.
_FACES = re.compile(
    r"(?:[:;=]['o^-]?(?P<bracket>[()]){1,9}|[:;]['^-][\]\[DPpOo/\\|*3SsXx$]|[:;=](?P<letter>[DPpOo])|:(?P<slash>[/\\])|:(?P<rare>[|*])"
    r"|=[\])]|\^[_.-]?\^|-[_.]+-|>[_.]<|>[:;]-?[()]|<(?P<heart>/?3)|¯\\_\(ツ\)_/¯)"
)
_MOST_PARTS = 9  # of an emoticon, in tokens
_NEAR = 60  # so far, in tokens, a bracket is looked for

_IN_ADDRESS = frozenset("/?=&#%~+@-_$*!.:;,(")


def is_word(token: str) -> bool:
    """Return whether a token begins with a letter, a digit or an underscore.

    Args:
        token: A token of at least one character.
    """
    return token[0].isalnum() or token[0] == "_"


def is_number(token: str) -> bool:
    """Return whether a token begins with a digit.

    Args:
        token: A token of at least one character.
    """
    return token[0].isdecimal()


def run_length(words: list[str], position: int, mark: str) -> int:
    """Return how often a mark stands again right behind a position.

    Args:
        words: The tokens, with line breaks behind the last.
        position: Where it begins.
        mark: The mark.
    """
    end = position + 1
    while words[end] == mark:
        end += 1
    return end - position - 1


def path_length(words: list[str], position: int) -> int:
    r"""Return how many tokens behind the colon belong to a path such as `C:\x\y`.

    Args:
        words: The tokens, with line breaks behind the last.
        position: Where the colon stands.
    """
    end = position + 1
    while words[end] == "\\":
        end += 1 + is_word(words[end + 1])
    return end - position - 1


def address_length(words: list[str], position: int) -> int:
    """Return how many tokens behind a position belong to the same address: separators, and a word behind each.

    Args:
        words: The tokens, with line breaks behind the last.
        position: Where an address goes on: at a mark inside it.
    """
    end, query = position + 1, False
    while True:
        mark, behind = words[end], words[end + 1]
        word_behind = is_word(behind)
        if is_word(mark):
            if is_word(words[end - 1]):
                break
        elif mark[0] not in _IN_ADDRESS:
            break
        elif mark in ".!,;*(" or len(mark) > 1:
            # These end an address more often than not: only what cannot be a sentence's goes on.
            if not (mark == ";" and words[end - 2] == "&") and not (mark == "(" and words[end - 1][-1] == "_"):
                break
        elif mark == "#" and words[end - 1] != "/" and "." not in words[end - 1] and not query:
            break  # http://t.co/x #fun
        elif mark == "?" and not (word_behind and words[end + 2] in "=&"):
            break
        elif mark == ":" and not (is_number(behind) or (word_behind and words[end - 2] in "=:")):
            break
        elif mark in "-+@$" and not word_behind and mark != behind:
            break
        query = query or mark == "="
        end += 1
    return end - position - 1


def face_length(words: list[str], position: int) -> int:
    """Return how many tokens behind a position belong to the emoticon that begins there.

    Args:
        words: The tokens, with line breaks behind the last.
        position: Where one may begin.
    """
    text = "".join(words[position : position + _MOST_PARTS])
    found = _FACES.match(text)
    if found is None:
        return 0
    length, end = found.end(), position
    while length > 0:
        length -= len(words[end])
        end += 1
    if length < 0 or not _is_face(found, words, position, end):
        return 0
    return end - position - 1


def _is_face(found: re.Match[str], words: list[str], position: int, end: int) -> bool:
    """Return whether what looks like an emoticon is one where it stands."""
    before, behind = words[position - 1], words[end]
    if found["letter"]:
        likely = found["letter"] in "DPp" and is_word(behind)  # :D and
        if likely or behind == "\n" or before == "\n" or before[-1] in ENDING_MARKS:
            return True
        # :D :D, (lol :D), but no A:D :)
        apart = not is_word(before) or (len(before) > 1 and not is_number(before)) or words[position - 2] in ":;="
        return apart and (behind in ("(", ")") or _FACES.match("".join(words[end : end + _MOST_PARTS])) is not None)
    if found["slash"]:
        return not (behind[0] in "/\\*" or (is_word(behind) and words[end + 1] in "/\\*")) and before[-1] != "."
    if found["rare"]:
        return behind == "\n" or before[-1] in ENDING_MARKS
    if found["heart"]:
        again = before == "3" and words[position - 2] == "<"
        return again or before == "I" or (len(before) > 1 and not is_number(before))
    if found["bracket"] == ")":
        return not _closes_bracket(words, end - 1)
    if found["bracket"] == "(":
        return not _opens_bracket(words, end)
    return True


def _closes_bracket(words: list[str], position: int) -> bool:
    """Return whether a `)` is the one that an open bracket before it waits for."""
    for place in range(position - 1, max(position - _NEAR, -1), -1):
        if words[place] in ")\n":
            return False
        if words[place] == "(" and words[place - 1] not in ":;=-":
            break
    else:
        return False
    for place in range(position + 1, min(position + _NEAR, len(words))):
        if words[place] in "(\n":
            return True
        if words[place] == ")":
            return False
    return True


def _opens_bracket(words: list[str], position: int) -> bool:
    """Return whether a `)` closes what would begin at a position."""
    for place in range(position, min(position + _NEAR, len(words))):
        if words[place] in "(\n":
            return False
        if words[place] == ")":
            return words[place - 1] not in ":;=-"
    return False
