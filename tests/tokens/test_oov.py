"""Which words a vocabulary lacks."""

from nextword.tokens.oov import report_oov
from nextword.tokens.tokenizer import build_tokenizer


def test_oov_report():
    tokenizer = build_tokenizer(["Tea and milk"])
    texts = ["tea rum rum\nbeer", "ale and beer", ""]
    report = report_oov(tokenizer, iter(texts))
    assert (report.tokens, report.unknown, report.rate) == (7, 5, 5 / 7)
    assert report.words == (("beer", 2), ("rum", 2), ("ale", 1))
    assert report_oov(tokenizer, texts, most_common=1).words == (("beer", 2),)
    assert report_oov(tokenizer, []).rate == 0.0
