"""Notes: sentences about what was decided, which programs can read too.

Input: a sentence, a code and figures. Output: a `str` that knows them.
"""

from typing import Any


class Note(str):
    """A sentence for people about what was decided, with a code and figures for programs.

    Args:
        text: The sentence.
        code: What was decided, in words joined by "-".
        figures: Numbers and names in the sentence, by name; values of JSON.

    Examples:
        >>> note = Note("Held out 5 of 100 texts.", code="held-out-texts", held_out=5, texts=100)
        >>> note, note.code, note.figures["held_out"]
        ('Held out 5 of 100 texts.', 'held-out-texts', 5)
    """

    code: str
    figures: dict[str, Any]

    def __new__(cls, text: str, *, code: str = "", **figures: Any) -> "Note":
        """Make a `str` that knows its code and figures."""
        note = super().__new__(cls, text)
        note.code = code
        note.figures = figures
        return note
