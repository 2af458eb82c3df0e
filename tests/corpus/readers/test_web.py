"""Web pages become texts, a block each, whatever is broken in them."""

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.corpus.readers.charsets import known_encoding
from nextword.corpus.readers.markup.web import html_texts, looks_like, parse, read_html
from nextword.corpus.reading import Decoding
from nextword.errors import InputError, MissingFileError, TextFileError


def texts(markup: str) -> list[str]:
    return list(html_texts(markup, Counter()))


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Tea - The Kettle</title>
<style>p > a { color: red }</style><script>if (a < b) document.write("<p>no</p>");</script></head>
<body><nav><ul><li><a href="/">Home</a><li><a href="/x">About</a></ul></nav>
<h1>All about&nbsp;tea</h1><!-- <p>an old paragraph</p> -->
<p>Tea is <em>hot</em>water with <a href="leaf.html?a=1&b=2">leaves</a>,
said Ann.<sup><a href="#n1">[1]</a></sup> 3 m<sup>2</sup> of it.
<p>A second one &amp; &lt;more&gt;.
<table><tr><th>Kind<th>Price<tr><td>green<td>3&euro;</table>
<dl><dt>Oolong<dd>Half black</dl>
<noscript>Switch on JavaScript</noscript><svg><text>drawn</text></svg>
<select><option>one<option>two</select><button>Send</button>
</body></html>"""


def test_a_page(tmp_path: Path) -> None:
    left_out = Counter[str]()
    found = list(parse(write(tmp_path / "a.html", PAGE), Decoding(), left_out))
    assert found == [
        "All about tea",
        "Tea is hotwater with leaves, said Ann. 3 m2 of it.",
        "A second one & <more>.",
        *("Kind", "Price", "green", "3€", "Oolong", "Half black"),
    ]
    assert left_out == {
        "titles": 1,
        "style sheets": 1,
        "scripts": 1,
        "menus": 1,
        "comments": 1,
        "marks of notes": 1,
        "texts for browsers without scripts": 1,
        "drawings": 1,
        "form fields": 2,
    }


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("one<br>two<br/>three", ["one two three"]),
        ("one<br><br />two", ["one", "two"]),
        (
            "<div>他走了。<br>她来了。<br><br>　　天黑了，\n月亮出来了。<br>&nbsp;&nbsp;完</div>",
            ["他走了。她来了。", "天黑了，月亮出来了。", "完"],
        ),
        ("<pre>The sea,\n  the sea\n\nis blue</pre>", ["The sea,", "the sea", "is blue"]),
        ("<p>Run</p><pre><code>x = 1\n</code></pre><p>now", ["Run", "now"]),
        ('<div class="highlight"><pre>x = 1</pre></div>now', ["now"]),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</ruby>です", ["漢字です"]),
        ("so<wbr>ft &shy;hy&shy;phen &#x4e2d;&#25991; &hellip;", ["soft hyphen 中文 …"]),
        ("<div>own<div>inner</div>text<p>and</div>", ["own", "inner", "text", "and"]),
        ("<P CLASS='a>b'>up<B>per", ["upper"]),
        ("<p><![CDATA[tea & milk]]></p>", ["tea & milk"]),
        ("<!--[if mso]><p>Outlook</p><![endif]-->web", ["web"]),
        ("<![if !mso]>web<![endif]>", ["web"]),
        ("3 < 4, I <3 tea & milk", ["3 < 4, I <3 tea & milk"]),
        ("<title/>Tea<script src='a.js'/><p>milk</p>", ["Tea", "milk"]),
        ("<p>if a <b and nothing ends", ["if a <b and nothing ends"]),
        ("<nav>never closed<p>text", ["never closed", "text"]),
        ("<textarea>never closed<p>text", ["never closed", "text"]),
        ("<textarea><p>typed</textarea>text", ["text"]),
        (
            '<p>It was <span class="pagenum"><a id="p12">[12]</a></span>tea<span epub:type="pagebreak"/>.',
            ["It was tea."],
        ),
        ('<h2>Tea<span class="mw-editsection"><span>[</span>edit<span>]</span></span></h2>', ["Tea"]),
        ("<style>p {} ", []),
        ("</p></div>text</nav>", ["text"]),
        ("<o:p></o:p>Word<o:p>&nbsp;</o:p>", ["Word"]),
        ("", []),
    ],
)
def test_blocks(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


def test_old_pages_without_end_tags() -> None:
    markup = "<HTML><BODY BGCOLOR=#FFFFFF><H2>Poems<HR><FONT SIZE=+1>Roses<UL><LI>red<LI>blue</UL><P>End<CENTER>(c)"
    assert texts(markup) == ["Poems", "Roses", "red", "blue", "End", "(c)"]


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ('<meta charset="gb2312">', "gb18030", "喝茶镕"),
        ("<META http-equiv=Content-Type content='text/html; charset=iso-8859-1'>", "cp1252", "“café” €"),
        ('<?xml version="1.0" encoding="Shift_JIS"?>', "cp932", "お茶①"),
        ("<meta charset=big5>", "big5", "喝茶"),
        ('<meta charset="x-nobody-knows">', "utf-8", "喝茶"),
        ('<meta charset="utf-16">', "utf-8", "喝茶"),  # it could not have been read
        ("", "utf-8-sig", "喝茶"),
        ("", "utf-16", "喝茶"),
        ('<meta charset="utf-8">', "utf-16", "喝茶"),  # the byte order mark holds
    ],
)
def test_a_page_names_its_encoding(tmp_path: Path, declared: str, encoding: str, text: str) -> None:
    path = write(tmp_path / "a.html", f"<html>{declared}<p>{text}</p>".encode(encoding))
    assert list(read_html(path)) == [text]


def test_an_encoding_that_is_given_holds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.html", '<meta charset="utf-8"><p>喝茶'.encode("gb18030"))
    assert list(read_html(path, encoding="gb18030")) == ["喝茶"]
    with refuses(TextFileError, "not-utf-8", path=str(path)):
        list(read_html(path))
    path = write(tmp_path / "b.html", b'<meta charset="big5"><p>caf\xff.')
    with refuses(TextFileError, "not-as-declared", path=str(path), encoding="big5hkscs"):
        list(read_html(path))
    assert list(read_html(path, errors="ignore")) == ["caf."]


def test_names_of_encodings() -> None:
    assert known_encoding(" 'GBK' ") == "gb18030"
    assert known_encoding("hex") is None  # known to Python, and no text
    assert known_encoding("") is None


def test_folders_and_paths(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    write(tmp_path / "site" / "B.HTM", "<p>two")
    write(tmp_path / "site" / "._B.HTM", b"\0\5\x16\7")
    write(tmp_path / "a.xhtml", '<?xml version="1.0"?><html xmlns="x"><body><p>one</p></body></html>')
    write(tmp_path / "c.txt", "no")
    assert list(read_html(tmp_path)) == ["one", "two"]
    with refuses(MissingFileError, "path-missing"):
        read_html("nowhere.html")
    with refuses(InputError, "no-paths"):
        read_html()
    (tmp_path / "empty").mkdir()
    with refuses(InputError, "folder-empty", path=str(tmp_path / "empty")):
        read_html(tmp_path / "empty")
    with refuses(TextFileError, "file-of-another-kind"):
        read_html(write(tmp_path / "z.html", b"PK\x03\x04rest"))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (PAGE, True),
        ("\ufeff  <!-- saved from url --><html><p>Tea", True),
        ('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C"><html>', True),
        ("<div class='a'><p>Tea</p><p>Milk</p></div>", True),
        ("<p> is the tag of a paragraph, </p> ends it.", False),
        ("In HTML, <p>one</p> <p>two</p> <p>three</p> are paragraphs.", False),
        ("<3 tea", False),
        ('<?xml version="1.0"?><rss><channel></channel></rss>', False),
        ("<Ann> hi\n<Bob> hello\n<Ann> tea?\n", False),
        ("* * *\nRoses are *red*\n", False),
        ("", False),
    ],
)
def test_what_looks_like_a_page(start: str, expected: bool) -> None:
    assert looks_like(start) is expected


def test_damaged_markup_takes_no_longer_than_other() -> None:
    def seconds(markup: str) -> float:
        begun = time.process_time()
        texts(markup)
        return time.process_time() - begun

    for piece in (
        "<!--",
        "<a ",
        '<a x="',
        "<nav>",
        "<textarea>",
        "<title>",
        "<sup>",
        "<![CDATA[",
        "\r \n",
        "<p '",
        "&#",
    ):
        once = seconds(piece * 10_000)
        assert seconds(piece * 80_000) < 40 * (once + 0.01)


PIECES = (
    "<p> </p> <nav> </nav> <pre> </pre> <sup> </sup> <a> </a> <rt> <!-- --> <script> </script> <br> x 茶 &amp & "
    "< > \" ' = <![CDATA[ ]]>"
).split()


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([*PIECES, "\n", " "]), max_size=12))
def test_any_markup_is_read(pieces: list[str]) -> None:
    for text in texts("".join(pieces)):
        assert text
        assert text == " ".join(text.split())


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p>Tea;<a href="#f1" class="fnanchor">[1]</a> hot.</p>', ["Tea; hot."]),
        (
            '<p>Tea<a epub:type="noteref" href="#n">1</a> and<sup><a role="doc-noteref">2</a></sup> milk.',
            ["Tea and milk."],
        ),
        (
            '<p>See <a class="fnanchor">this long page about the leaves of tea</a>.',
            ["See this long page about the leaves of tea."],
        ),
        (
            '<li><span class="mw-cite-backlink"><b><a href="#c">^</a></b></span> <cite>Smith: Tea.</cite>',
            ["Smith: Tea."],
        ),
        (
            "<p class=MsoListParagraph><![if !supportLists]><span style='color:red'><span style='mso-list:Ignore'>"
            "·<span>&nbsp;&nbsp; </span></span></span><![endif]>First<o:p></o:p></p>",
            ["First"],
        ),
        ("<p>Tea<a href='#_ftn1'><span class=MsoFootnoteReference>[1]</span></a>.", ["Tea."]),
        ('<div style="display: none">Hot drink</div><p>Tea<span style="display:none">x</span>.', ["Tea."]),
        (
            '<p>Tea<a class="footnote-anchor" href="#1">1</a>.<div><a class="footnote-number">1</a><p>A note.',
            ["Tea.", "A note."],
        ),
        ('<li>A note. <a href="#r" class="footnote-backref" role="doc-backlink">↩︎</a></li>', ["A note."]),
        ('<p style="display:none">never ended', ["never ended"]),
        ('<html><body style="display:none"><p>Tea.</p></body></html>', ["Tea."]),
    ],
)
def test_what_stands_beside_the_text(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


def test_the_licence_of_project_gutenberg_is_left_out(tmp_path: Path) -> None:
    page = (
        "<html><body><section id='pg-header'><h2>The Project Gutenberg eBook of Tea</h2><p>For anyone, anywhere.</p>"
        "<div>*** START OF THE PROJECT GUTENBERG EBOOK TEA ***</div></section><h1>TEA</h1><p>It rained.</p>"
        "<section><div>*** END OF THE PROJECT GUTENBERG EBOOK TEA ***</div><p>Donate!</p></section></body></html>"
    )
    left_out = Counter[str]()
    assert list(parse(write(tmp_path / "tea.html", page), Decoding(), left_out)) == ["TEA", "It rained."]
    assert left_out["lines of a licence"] == 5


def test_copies_that_editors_leave_behind_are_no_pages(tmp_path: Path) -> None:
    for name in ("a.html", "~$a.html", ".b.html", "__MACOSX/a.html", "#c.html#"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, "<p>Tea." if name == "a.html" else "<p>no")
    assert list(read_html(tmp_path)) == ["Tea."]
