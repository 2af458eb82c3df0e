"""What WhatsApp writes in place of a message, in the languages of phones: deleted messages, calls, left-out media.

Input: none. Output: phrases and patterns that `whatsapp_notes` compares messages with.
"""

import re

DELETED_PHRASES = frozenset(
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
"""What stands in place of a deleted message, in small letters."""

SYSTEM_PHRASES = re.compile(
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
"""Calls, and messages that have not come."""

OMITTED_PHRASES = re.compile(
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
"""What stands in place of a picture or a sound."""
