"""What was read: files, lines, characters, what was left out, and lines that do not look like text.

Input: the lines of a corpus, as they pass by. Output: notes, so that a user sees before training starts whether the
text is what it should be.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nextword.corpus.encodings.decoding import UTF_8, Decoding
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
        unit: What a text of plain files is, "line" or "paragraph"; None where texts were given, and not files.
        reason: Why, where the lines told it.
        advice: What else could be done with files of a format, in sentences.
    """

    files: int = 0
    lines: int = 0
    texts: int = 0
    characters: int = 0
    replaced: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    oddities: Oddities = field(default_factory=Oddities)
    unit: str | None = None
    reason: str = ""
    advice: list[str] = field(default_factory=list)

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

    def notes(self, decoding: Decoding = UTF_8) -> tuple[Note, ...]:
        """Return what to say about the texts.

        Args:
            decoding: The encoding of the files.

        Returns:
            Notes with the codes "read-texts" (figures `unit`, `files`, `lines`, `texts`, `characters`, `encoding` and
            `formats`), "left-out" (`kinds`), "not-decoded" (`texts`) and "looks-odd", as `Oddities.notes` has them.
            Paths are in none: notes are saved with the model, and equal texts give equal models in any folder.
        """
        notes = []
        if self.unit is not None:
            encoding = decoding.encoding or "utf-8"
            notes.append(
                Note(
                    self._sentence(encoding),
                    code="read-texts",
                    unit=self.unit,
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

    def _sentence(self, encoding: str) -> str:
        """Say what was read."""
        files = "1 file" if self.files == 1 else f"{self.files:,} files"
        formats = [f"{count:,} as {name}" for name, count in self._formats()]
        read_as = f" ({', '.join(formats)})" if formats else ""
        if self.files in self.formats.values():
            read_as = f" as {self._formats()[0][0]}"
        plain = ""
        if sum(self.formats.values()) < self.files:
            unit = f"{self.unit} ({self.reason})" if self.reason else self.unit
            plain = f"{' of the others' if formats else ''} {self.lines:,} lines, one text a {unit};"
        advice = "".join(f" {sentence}" for sentence in dict.fromkeys(self.advice))
        return (
            f"Read {files} in {encoding.upper()}{read_as}:{plain} {self.texts:,} texts, {self.characters:,} characters."
            f"{advice}"
        )

    def _formats(self) -> list[tuple[str, int]]:
        return sorted(self.formats.items())
