r"""Notes that WhatsApp writes in place of a message or behind it: left-out media, deleted, edited, polls, calls.

Input: the text of one message of an export. Output: what the person wrote, and what the rest was. An iPhone puts
U+200E before each note, so there no language has to be known; for Android the commonest ones are listed.
"""

import re

from nextword.corpus.readers.chats.messages import CONTACTS, DELETED, LOCATIONS, MEDIA, POLLS, SYSTEM

DIRECTIONS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"
"""Invisible marks of direction, as the inside of a regular expression's `[...]`."""

_DIRECTIONS = re.compile(f"[{DIRECTIONS}]+")
_DELETED = frozenset(
    """
    this message was deleted|you deleted this message|this message was deleted by admin
    diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|se eliminó este mensaje|eliminaste este mensaje
    este mensaje fue eliminado|ce message a été supprimé|vous avez supprimé ce message|mensagem apagada
    questo messaggio è stato eliminato|hai eliminato questo messaggio|esta mensagem foi apagada
    essa mensagem foi apagada|você apagou esta mensagem|apagou esta mensagem|dit bericht is verwijderd
    je hebt dit bericht verwijderd|u hebt dit bericht verwijderd|данное сообщение удалено|вы удалили данное сообщение
    это сообщение удалено|вы удалили это сообщение
    此消息已删除|你已删除此消息|您已删除此消息|该消息已删除|已刪除這則訊息
    你已刪除這則訊息|您已刪除這則訊息|這則訊息已刪除|此訊息已刪除|你已刪除此訊息|このメッセージは削除されました
    このメッセージを削除しました|삭제된 메시지입니다|이 메시지를 삭제했습니다|bu mesaj silindi|bu mesajı sildiniz
    pesan ini telah dihapus|anda menghapus pesan ini|ta wiadomość została usunięta|ten komunikat został usunięty
    usunięto tę wiadomość|pesan ini dihapus|anda telah menghapus pesan ini
    ezt az üzenetet törölték|üzenet törölve
    acest mesaj a fost șters|tato zpráva byla odstraněna|tato zpráva byla smazána|denne besked blev slettet
    denne meldingen ble slettet|tämä viesti poistettiin|αυτό το μήνυμα διαγράφηκε
    הודעה זו נמחקה|це повідомлення видалено
    ข้อความนี้ถูกลบแล้ว|tin nhắn này đã bị xóa
    meddelandet raderades|du raderade meddelandet|تم حذف هذه الرسالة|यह मैसेज मिटाया गया
    """.replace("\n", "|")
    .replace("    ", "")
    .split("|")
) - {""}
_SYSTEM = re.compile(
    r"(?:missed |silenced )?(?:group )?(?:voice|video) call(?:[,.] .*| started)?|waiting for this message.*|"
    r"(?:verpasster|verpasste) (?:sprach|video)anruf.*|llamada perdida.*|appel (?:vocal|vidéo) manqué.*|"
    r"(?:(?:video)?llamada (?:de (?:voz|v[ií]deo|grupo) )?perdida|"
    r"(?:chamada|ligação)(?: de)?(?: voz| vídeo| grupo)?(?: em grupo)? perdida(?: de (?:voz|vídeo))?|"
    r"(?:video)?chiamata (?:vocale )?(?:di gruppo )?persa|gemiste (?:spraak|video|groeps)oproep|"
    r"пропущенный (?:аудио|видео)?звонок|cevapsız (?:sesli|görüntülü) arama|"
    r"panggilan (?:suara|video) tak terjawab|nieodebrane połączenie (?:głosowe|wideo)|"
    r"不在着信(?:（.{1,10}）)?|부재중 (?:음성|영상) ?통화)(?: (?:a las|às|alle ore|alle|om|в|o) [\d:.]+)?|"
    r"未接(?:语音|視訊|视频|語音)(?:通话|通話|来电|來電).*",
    re.IGNORECASE,
)
_OMITTED = re.compile(
    r"(?:image|video|audio|sticker|gif|document|contact card|video note|media)\s+(?:file )?omitted|"
    r"(?:bild|video|audio|sticker|gif|dokument|kontaktkarte|videonotiz) weggelassen|"
    r"(?:imagen|video|vídeo|audio|áudio|sticker|figurinha|gif|imagem|documento|foto) (?:omitid[oa]|ocultad[oa])|"
    r"(?:image|vidéo|audio|sticker|gif|document) (?:absente?|omise?)|"
    r"(?:immagine|video|audio|sticker|gif|documento) omess[oa]|"
    r"(?:afbeelding|video|audio|sticker|gif|document) weggelaten|"
    r"(?:已忽略|已省略|忽略|省略)(?:图片|图像|圖片|影像|视频|影片|音频|音訊|贴图|貼圖|文件|動態貼圖)|"
    r"(?:图片|图像|圖片|影像|视频|影片|音频|音訊|贴图|貼圖|文件)(?:已忽略|已省略)",
    re.IGNORECASE,
)
# <Media omitted>, <Medien ausgeschlossen>, <省略多媒体文件>: two words or more, or a script without small letters.
_OMITTED_IN_ANGLES = re.compile(
    r"<(?=[^a-z]|[^<>\n]{0,60}m[eéií]di)(?=[^<>\n]{0,60}(?:\s|[^\x00-\u024f]))[^<>\n]{4,60}>"
)
_ATTACHED = re.compile(
    r"[^\n]{1,200}\.(\w{2,5}) \((?:file attached|Datei angehängt|archivo adjunto|fichier joint|arquivo anexado|"
    r"ficheiro anexado|file allegato|bestand bijgevoegd|файл добавлен|"
    r"附件|文件附件|檔案附件|附加檔案|已附加文件|已附加檔案|"
    r"添付ファイル|파일 첨부됨|dosya ekli|file terlampir|plik dołączony|bifogad fil|الملف مرفق|फ़ाइल संलग्न है)\)|"
    r"(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d+\.(\w{2,5})(?: \([^()\n]+\))?",
    re.IGNORECASE,
)
_ATTACHED_IN_ANGLES = re.compile("[ ]?\u200e?<[^<>:\n]{2,30}: ?[^<>\n/]{1,200}\\.\\w{2,5} ?>")
_EDITED = re.compile(
    "[ ]?(?:\u200e<[^<>\n]{3,60}>|<(?=[^<>\n]{0,60}(?:edited|bearbeitet|edit[óa]|modifi|bewerkt|измен|编辑|編輯|編集|"
    "redigera|düzenlen|diedit|edytowan|upraven|편집|تعديل|संपादित))[^<>\n]{3,60}>)$",
    re.IGNORECASE,
)
_LOCATION = re.compile(
    r"[^\s:]{1,30}(?: [^\s:]{1,20})?: https?://(?:maps\.google\.|www\.google\.\w+/maps|foursquare)\S*"
)
_LIVE_LOCATION = re.compile(
    r"live location shared|live-standort wird geteilt|已分享实时位置|已分享即時位置", re.IGNORECASE
)
_POLL = re.compile("\u200e?(?:POLL|UMFRAGE|ENCUESTA|SONDAGE|ENQUETE|SONDAGGIO|PEILING|ОПРОС|ANKET|投票|アンケート):")
_DOCUMENT = re.compile(r"[^\n]*\.\w{2,5} •[^\n]*")


# A note that is all of a message and has none of the signs that the other notes have.
_WHOLE = re.compile(
    f"(?P<media>{_OMITTED.pattern}|null)|(?P<system>{_SYSTEM.pattern})|(?P<location>{_LIVE_LOCATION.pattern})",
    re.IGNORECASE,
)
_SIGN = re.compile("[<(:\u200e]")
_KINDS = {"media": MEDIA, "system": SYSTEM, "location": LOCATIONS}


def without_notes(text: str) -> tuple[str, str | None]:
    r"""Return what a person wrote in a message, "" where all of it is a note; and what the note was, if there was one.

    Args:
        text: Text of a message as exported, without blanks at its ends.

    Examples:
        >>> without_notes("See you! \u200e<This message was edited>")
        ('See you!', None)
        >>> without_notes("<Media omitted>\nOur cat")
        ('Our cat', 'left-out media')
        >>> without_notes("\u200eThis message was deleted.")
        ('', 'deleted messages')
    """
    ascii_only = text.isascii()
    if ascii_only and len(text) > 80 and "<" not in text and "(" not in text and ": " not in text[:60]:
        return text, None
    kept, note = _without_notes(text)
    return (kept if ascii_only else _DIRECTIONS.sub("", kept).strip()), note


def _without_notes(text: str) -> tuple[str, str | None]:
    """Return the same, marks of direction still in the text."""
    plain = text.lstrip("\u200e")
    phrase = _phrase(plain)
    if phrase:
        if phrase in _DELETED or phrase.startswith("this message was deleted by admin"):
            return "", DELETED
        if whole := _WHOLE.fullmatch(phrase):
            return "", _KINDS[whole.lastgroup or ""]
    if not _SIGN.search(text):
        return text, None
    if _POLL.match(text) and "\n" in text:
        return "", POLLS
    if _LOCATION.match(plain):
        return "", LOCATIONS
    first, _, rest = text.partition("\n")
    attached = _ATTACHED.fullmatch(first.lstrip("\u200e").strip())
    if attached:
        return rest.strip(), CONTACTS if (attached[1] or attached[2]).lower() == "vcf" else MEDIA
    if _OMITTED_IN_ANGLES.fullmatch(first.strip("\u200e ")):
        return rest.strip(), MEDIA
    if "<" in text:
        without, attachments = _ATTACHED_IN_ANGLES.subn("", text)
        if attachments:
            return _DOCUMENT.sub("", without, count=1).strip(f"\u200e{' '}\n"), MEDIA
        text = _EDITED.sub("", text)
    return _without_marked(text) if "\u200e" in text else (text, None)


def _without_marked(text: str) -> tuple[str, str | None]:
    """Return the same of a text in which U+200E stands before a note."""
    if text.startswith("\u200e"):
        return "", MEDIA if _OMITTED.search(text) else SYSTEM
    said, _, note = text.rpartition("\u200e")
    if _OMITTED.fullmatch(_phrase(note)):
        return _DOCUMENT.sub("", said, count=1).strip("\u200e \n"), MEDIA
    return text, None


def _phrase(text: str) -> str:
    """Return a note without what may or may not stand at its ends."""
    return text.strip(" .。\u200e\u200f").lower() if len(text) <= 80 else ""
