"""What was read: files, lines, characters, what was left out, and lines that do not look like text.

Input: the lines of a corpus, as they pass by. Output: notes, so that a user sees before training starts whether the
text is what it should be.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nextword.corpus.decoding import Decoding
from nextword.corpus.oddities import Oddities
from nextword.errors import Note


@dataclass(slots=True)
class Tally:
    """Counts of what was read, changed while reading.

    Attributes:
        files: Files that had lines to read.
        lines: Lines of plain text that are not blank.
        texts: Texts that were read, lines or paragraphs.
        characters: Characters of these.
        replaced: Texts with U+FFFD, which stands for bytes that were not decoded.
        left_out: What was left out, by kind.
        formats: Files that were read by a reader of their format, by its name.
        oddities: What looks odd in the texts.
    """

    files: int = 0
    lines: int = 0
    texts: int = 0
    characters: int = 0
    replaced: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    oddities: Oddities = field(default_factory=Oddities)

    def counted(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield texts as they are, and count them.

        Args:
            texts: What is read.

        Examples:
            >>> tally = Tally()
            >>> list(tally.counted(["I like tea."])), tally.texts, tally.characters
            (['I like tea.'], 1, 11)
        """
        look = self.oddities.look
        count = characters = replaced = 0
        try:
            for text in texts:
                count += 1
                characters += len(text)
                replaced += "\ufffd" in text
                look(text)
                yield text
        finally:
            self.texts += count
            self.characters += characters
            self.replaced += replaced

    def lines_passing(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines as they are, and count those that are not blank.

        Args:
            lines: Lines of plain text.
        """
        count = 0
        try:
            for line in lines:
                count += not line.isspace() and line != ""
                yield line
        finally:
            self.lines += count

    def notes(self, unit: str | None, decoding: Decoding, by_rule: bool = False) -> tuple[Note, ...]:
        """Return what to say about the texts.

        Args:
            unit: What a text was, "line" or "paragraph"; None where texts were given, and not files.
            decoding: The encoding of the files.
            by_rule: Whether the lines told what a text is, and not the user.

        Returns:
            Notes with the codes "read-texts" (figures `unit`, `files`, `lines`, `texts`, `characters`, `encoding` and
            `formats`), "left-out" (`kinds`), "not-decoded" (`texts`) and "looks-odd", as `Oddities.notes` has them.
            Paths are in none: notes are saved with the model, and equal texts give equal models in any folder.
        """
        notes = []
        if unit is not None:
            encoding = decoding.encoding or "utf-8"
            files = "1 file" if self.files == 1 else f"{self.files:,} files"
            lines = f"{self.lines:,} lines, " if self.lines else ""
            what = f"{unit} (the lines are hard-wrapped)" if by_rule and unit == "paragraph" else unit
            as_format = "".join(f" {count:,} of the files were read as {name}." for name, count in self._formats())
            sentence = (
                f"Read {files} in {encoding.upper()}, {lines}{self.characters:,} characters, one text a {what}: "
                f"{self.texts:,} texts.{as_format}"
            )
            notes.append(
                Note(
                    sentence,
                    code="read-texts",
                    unit=unit,
                    files=self.files,
                    lines=self.lines,
                    texts=self.texts,
                    characters=self.characters,
                    encoding=encoding,
                    formats=dict(self._formats()),
                )
            )
        if self.left_out:
            kinds = dict(sorted(self.left_out.items(), key=lambda kind: (-kind[1], kind[0])))
            sentence = f"Left out: {', '.join(f'{count:,} {kind}' for kind, count in kinds.items())}."
            notes.append(Note(sentence, code="left-out", kinds=kinds))
        if self.replaced:
            sentence = (
                f"{self.replaced:,} of {self.texts:,} texts have U+FFFD, which stands for bytes that were not decoded. "
                "Is the encoding right?"
            )
            notes.append(Note(sentence, code="not-decoded", texts=self.replaced))
        return (*notes, *self.oddities.notes())

    def _formats(self) -> list[tuple[str, int]]:
        return sorted(self.formats.items())
