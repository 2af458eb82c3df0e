r"""Cues in which nobody speaks in the film: advertisements of sites for subtitles, and who made these.

Input: the lines of a cue. Output: whether it is such a one. Who made them stands in the first or last cues only, since
in between people may speak of subtitles too.
"""

import re

CREDITS = "advertisements and credits of subtitles"

_SITE = re.compile(
    r"\b(?:open ?subtitles|osdb|addic7ed|subscene|podnapisi|tvsubtitles|yts|yify(?:[ -]?subtitles)?|subdl|titlovi"
    r"|titulky|napisy24|legendas\.tv|napiprojekt|zimuku|shooter|subhd|assrt)\.(?:org|com|net|eu|link|mx|lt|pl|la|tv|me|cn)\b"
    r"|\badvertise your product or brand here\b|\bremove all ads from\b",
    re.IGNORECASE,
)
_MAKERS = re.compile(
    r"(?:(?:english |german |original )?(?:sub(?:title)?s|captions?|captioning|transcripts?|translation)"
    r"|sync(?:hroni[sz]ation)?|subtitled|captioned|transcribed|translated|ripped|(?:re-?)?sync(?:ed|hroni[sz]ed)?|corrected|downloaded"
    r"|(?:re-?)?sync(?:ed|hroni[sz]ed)?(?:,| and| &) correct(?:ed|ions?))\s*(?:(?:and|&)\s*\w+\s*)?(?:by|from)\b[^?!]*"
    r"|untertitel(?:ung)?\s*(?:von|:|im auftrag)[^?!]*|legendas?\s*(?:por|:)[^?!]*|subt[ií]tulos\s*(?:por|de|:)[^?!]*"
    r"|sous-titr(?:es?|age)\s*(?:par|:)[^?!]*|sottotitoli\s*(?:di|a cura di|:)[^?!]*"
    r"|(?:字幕|翻译|翻譯|校对|校對|时间轴|時間軸|后期|監製)(?:制作|翻译|翻譯|由)?\s*[:：].*|.{0,20}字幕[组組社].{0,20}",
    re.IGNORECASE | re.DOTALL,
)


def is_credit(lines: list[str], at_edge: bool) -> bool:
    """Return whether a cue is an advertisement of a site, or says who made the subtitles.

    Args:
        lines: Of `clean_lines`.
        at_edge: Whether the cue is one of the first or last of its file.

    Examples:
        >>> is_credit(["Subtitles by Ann"], True), is_credit(["Subtitles by Ann"], False)
        (True, False)
        >>> is_credit(["Support us and become a member", "to remove all ads from www.OpenSubtitles.org"], False)
        True
    """
    whole = "\n".join(lines)
    if _SITE.search(whole) is not None:
        return True
    return at_edge and len(whole) <= 120 and _MAKERS.fullmatch(whole.strip(" -–♪=~*")) is not None
