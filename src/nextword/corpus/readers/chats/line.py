r"""LINE: the messages of a chat as the app sends its history, a date line for each day.

Input: a text file with date lines such as `2023/10/05(Thu)` and lines of time, name and text with tabs between. Output:
messages. A text of several lines stands in quotes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from nextword.corpus.readers.chats.dates import DateNumbers, day_number, hour_of_day, order_of_dates
from nextword.corpus.readers.chats.messages import BEFORE, EMPTY, MEDIA, SYSTEM, Message
from nextword.corpus.reading import Decoding, lines_of

# 2023/10/05(Thu), 2023.10.05 Thursday, 2023/10/05（四）; Thu, 10/05/2023 with the day first or the month first.
_DAY = re.compile(
    r"(?:\w{2,9}\.?, ?)?(\d{1,4})[/.](\d{1,2})[/.](\d{1,4}) ?(?:[(（][^()（）\t\n]{1,12}[)）]|[^\W\d]{1,12})?\s*"
)
_WRITTEN = re.compile(
    r"(?P<before>上午|下午|午前|午後|오전|오후|[AaPp][Mm])? ?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d) ?(?P<after>[AaPp][Mm])?\t(?P<rest>.*)"
)
_MEDIA = re.compile(
    r"\[(?:Photo|Video|Sticker|File|Album|Voice message|Contact|Location|Gift|Note|Emoji|写真|動画|スタンプ|"
    r"ファイル|アルバム|ボイスメッセージ|連絡先|位置情報|ノート|照片|影片|貼圖|檔案|相簿|語音訊息|聯絡資訊|位置訊息|記事本|사진|동영상|스티커|파일|앨범|"
    r"음성메시지)\](?: .*)?",
    re.IGNORECASE,
)
_CALL = re.compile(r"[☎📞].*")


def looks_like(start: str) -> bool:
    r"""Return whether a file is clearly a history of LINE.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("[LINE] Chat history with Ben\nSaved on: 2023/10/06 9:00\n\n2023/10/05(Thu)\n14:03\tBen\tTea?\n")
        True
    """
    lines = start.removeprefix("\ufeff").split("\n")
    first_day = next((number for number, line in enumerate(lines[:20]) if _DAY.fullmatch(line)), None)
    if first_day is None:
        return False
    written = [match["rest"] for line in lines[first_day:2000] if (match := _WRITTEN.match(line))]
    with_name = sum(1 for rest in written if "\t" in rest)
    return with_name >= (1 if lines[0].startswith("[LINE]") else 3)


def messages(file: Path, decoding: Decoding, left_out: Counter[str]) -> Iterator[Message]:
    """Yield the messages in which a person wrote something.

    Args:
        file: A history of LINE.
        decoding: Its encoding.
        left_out: Where pictures, calls and lines of the app are counted.

    Raises:
        TextFileError: If the file cannot be decoded; codes as in `lines_of`.
    """
    order = order_of_dates(_dates(file, decoding))
    day: int | None = None
    header: re.Match[str] | None = None
    block: list[str] = []
    for line in chain(lines_of(file, decoding), (None,)):
        match = _WRITTEN.match(line) if line is not None else None
        if match is None and line is not None:
            block.append(line.removesuffix("\n"))
            continue
        text, rest = _text_and_rest(header["rest"].partition("\t")[2], block) if header else ("", block)
        if header is None:
            before = sum(1 for line in rest if line.strip() and not _DAY.fullmatch(line))
            left_out.update({BEFORE: before} if before else {})
        elif said := _message(header, text, day, left_out):
            yield said
        for found in filter(None, map(_DAY.fullmatch, rest)):
            day = day_number(_numbers(found), order)
        header, block = match, []


def _dates(file: Path, decoding: Decoding) -> list[DateNumbers]:
    return [_numbers(match) for line in lines_of(file, decoding) if (match := _DAY.fullmatch(line))]


def _numbers(match: re.Match[str]) -> DateNumbers:
    return int(match[1]), int(match[2]), int(match[3])


def _text_and_rest(first: str, block: list[str]) -> tuple[str, list[str]]:
    """Return the text that begins in one line and goes on in a block, and the lines behind it.

    A text of several lines ends with the quote that it began with, else at the next date.
    """
    if first.startswith('"'):
        for position in range(len(block) - 1, -1, -1):
            if block[position].endswith('"'):
                whole = "\n".join([first, *block[: position + 1]])
                return whole[1:-1].replace('""', '"').strip(), block[position + 1 :]
    end = next((position for position, line in enumerate(block) if _DAY.fullmatch(line)), len(block))
    return "\n".join([first, *block[:end]]).strip(), block[end:]


def _message(header: re.Match[str], text: str, day: int | None, left_out: Counter[str]) -> Message | None:
    """Return what was written at a time; None where nobody wrote something."""
    name, tab, _ = header["rest"].partition("\t")
    if not tab or not name.strip():
        kind: str | None = SYSTEM
    else:
        kind = EMPTY if not text else MEDIA if _MEDIA.fullmatch(text) else SYSTEM if _CALL.fullmatch(text) else None
    if kind is not None:
        left_out[kind] += 1
        return None
    hour = hour_of_day(int(header["hour"]), header["before"] or header["after"] or "")
    time = None if day is None else day * 86_400 + hour * 3600 + int(header["minute"]) * 60
    return Message(" ".join(name.split()), text, time)
