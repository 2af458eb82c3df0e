"""Texts that a tokenizer is likely to get wrong: marks, joiners, broken characters, long runs of anything."""

from hypothesis import strategies as st

NASTY = [
    *"ab19_Z.,:;'\"’‘“”-—…/$#@%()[]<> \n\t",
    *"中国人我喜欢，。「」Ａ１ｱﾞ　々〇か한é²½٣€¥©™☎\x00\x1c\x85\x0b\u2028\ufeff\u00ad\u200b",
    *("\u0301", "\u0344", "\u0327", "\u302a", "\u3099", "\u200d", "\u200c", "\ufe0f", "\u20e3", "\u0bbe", "\u09c7"),
    *("👩", "💻", "🇨", "🇳", "🏻", "😀", "🏴", "\U000e0067", "\U000e007f", "\ud83d", "\udc00", "ᄀ", "ᅡ", "क", "\u094d"),
    *(
        "\u212a",
        "\u1fef",
        "\u2000",
        "\u037e",
        "豈",
        "\ufb2a",
        "\U00020000",
        "\ue000",
        "\uffff",
        "\U00016d67",
        "\U000110bd",
    ),
    *("\u02bc", "‛", "´", "`", "\u2011", "−", "＇", "－", "．", "ı", "İ", "ﬁ", "⋯"),
    *("..", "--", "——", "……", "\r\n", "e" * 70, ".a" * 40, "中" * 70, "\u0301" * 40, "👩\u200d" * 40, "1," * 40),
]
NASTY_TEXTS = st.lists(st.sampled_from(NASTY) | st.characters(), max_size=14).map("".join) | st.text()
