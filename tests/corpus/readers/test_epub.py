"""Books are read in the order of reading; what is no book, damaged or locked is refused."""

import errno
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from refusals import refuses

from nextword.corpus.readers.markup import epub
from nextword.corpus.readers.markup.epub import looks_like, parse, read_epub
from nextword.corpus.reading import Decoding
from nextword.errors import FileAccessError, InputError, MissingFileError, TextFileError

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="{}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
XHTML = "application/xhtml+xml"


def page(body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><html xmlns="x"><head><title>T</title></head><body>{body}</body></html>'
    )


def package(items: list[tuple[str, str, str, str]], spine: str, more: str = "", prefix: str = "") -> str:
    listed = "".join(
        f'<{prefix}item id="{name}" href="{href}" media-type="{kind}" {other}/>' for name, href, kind, other in items
    )
    return (
        f'<?xml version="1.0"?><{prefix}package><{prefix}manifest>{listed}</{prefix}manifest>'
        f"<{prefix}spine>{spine}</{prefix}spine>{more}</{prefix}package>"
    )


def book(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def simple(path: Path, **more: str | bytes) -> Path:
    files = {
        "META-INF/container.xml": CONTAINER.format("content.opf"),
        "content.opf": package([("a", "a.xhtml", XHTML, "")], '<itemref idref="a"/>'),
        "a.xhtml": page("<p>Tea.</p>"),
    }
    return book(path, files | {name.replace("__", "/").replace("_", "."): data for name, data in more.items()})


def test_a_book_of_the_third_version(tmp_path: Path) -> None:
    items = [
        ("nav", "nav.xhtml", XHTML, 'properties="nav"'),
        ("cover", "cover.xhtml", XHTML, ""),
        ("two", "text/ch%202.xhtml", XHTML, ""),
        ("one", "text/ch1.xhtml", XHTML, ""),
        ("notes", "text/notes.xhtml", XHTML, ""),
        ("gone", "text/gone.xhtml", XHTML, ""),
        ("css", "s.css", "text/css", ""),
    ]
    spine = "".join(f'<itemref idref="{name}"/>' for name in ("cover", "nav", "one", "two", "css", "gone", "nobody"))
    path = book(
        tmp_path / "Tea.EPUB",
        {
            "META-INF/container.xml": CONTAINER.format("OEBPS/package.opf"),
            "OEBPS/package.opf": package(items, spine + '<itemref idref="notes" linear="no"/>'),
            "OEBPS/nav.xhtml": page("<nav><ol><li>One</li></ol></nav>"),
            "OEBPS/cover.xhtml": page("<img src='c.jpg' alt='Cover'/>Cover"),
            "OEBPS/text/ch1.xhtml": page(
                "<h2>One</h2><p>It was <i>tea</i>.<sup><a href='notes.xhtml#1'>1</a></sup></p><p>He&#8217;d like.</p>"
            ),
            "OEBPS/text/ch 2.xhtml": page("<h2>二</h2><p>他喝\n茶。</p>").encode("utf-16"),
            "OEBPS/text/notes.xhtml": page("<p>1. A note.</p>"),
        },
    )
    left_out = Counter[str]()
    assert list(parse(path, Decoding(), left_out)) == ["One", "It was tea.", "He’d like.", "二", "他喝茶。"]
    assert left_out["covers and tables of contents"] == 2
    assert left_out["pages outside the order of reading"] == 1
    assert left_out["chapters that are missing"] == 1
    assert list(read_epub(tmp_path)) == ["One", "It was tea.", "He’d like.", "二", "他喝茶。"]


def test_a_book_of_the_second_version_with_prefixes(tmp_path: Path) -> None:
    items = [
        ("t", "titel.html", "text/html", ""),
        ("c", "Kapitel.html", "application/xhtml+xml", ""),
        ("n", "toc.ncx", "x", ""),
    ]
    guide = '<opf:guide><opf:reference type="title-page" href="titel.html#top"/></opf:guide>'
    path = book(
        tmp_path / "a.epub",
        {
            "META-INF/container.xml": CONTAINER.format("content.opf").replace("<rootfile ", "<rootfile\n "),
            "content.opf": package(items, "<opf:itemref idref='t'/><opf:itemref idref='c'/>", guide, "opf:"),
            "titel.html": page("<h1>Title</h1>"),
            "kapitel.html": page("<p>Ein Kapitel &uuml;ber Tee.</p>"),  # in other letters than listed
        },
    )
    assert list(read_epub(path)) == ["Ein Kapitel über Tee."]


def test_the_licence_of_project_gutenberg_is_left_out_of_all_chapters(tmp_path: Path) -> None:
    items = [("a", "a.xhtml", XHTML, ""), ("b", "b.xhtml", XHTML, "")]
    mark = "<div>*** {} OF THE PROJECT GUTENBERG EBOOK TEA ***</div>"
    path = simple(
        tmp_path / "a.epub",
        content_opf=package(items, '<itemref idref="a"/><itemref idref="b"/>'),
        a_xhtml=page(
            f"<h2>The Project Gutenberg eBook of Tea</h2><p>Anyone.</p>{mark.format('START')}<p>It rained.</p>"
        ),
        b_xhtml=page(f"<p>It stopped.</p>{mark.format('END')}<p>Donate!</p>"),
    )
    left_out = Counter[str]()
    assert list(parse(path, Decoding(), left_out)) == ["It rained.", "It stopped."]
    assert left_out["lines of a licence"] == 5


def test_what_is_no_book(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    path.write_text("Tea", encoding="utf-8")
    with refuses(TextFileError, "not-epub", path=str(path)):
        read_epub(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with refuses(TextFileError, "not-epub"):
        list(read_epub(path))
    for files in ({"META-INF/container.xml": "<container/>"}, {"META-INF/container.xml": CONTAINER.format("no.opf")}):
        with refuses(TextFileError, "not-epub"):
            list(read_epub(book(path, files)))
    with refuses(MissingFileError, "path-missing"):
        read_epub(tmp_path / "b.epub")
    (tmp_path / "none").mkdir()
    with refuses(InputError, "folder-empty"):
        read_epub(tmp_path / "none")


def test_damaged_books(tmp_path: Path) -> None:
    path = simple(tmp_path / "a.epub", big_xhtml=page("<p>" + "Tea. " * 5000))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with refuses(TextFileError, "epub-damaged", path=str(path)):
        list(read_epub(path))
    place = data.index(b"a.xhtml") + len(b"a.xhtml")
    path.write_bytes(data[:place] + b"\xff" * 8 + data[place + 8 :])
    with refuses(TextFileError, "epub-damaged"):
        list(read_epub(path))


def encryption(path: str, method: str) -> str:
    return (
        '<encryption xmlns="x"><enc:EncryptedData><enc:EncryptionMethod Algorithm="' + method + '"/><enc:CipherData>'
        f'<enc:CipherReference URI="{path}"/></enc:CipherData></enc:EncryptedData></encryption>'
    )


def test_locked_books(tmp_path: Path) -> None:
    aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    path = simple(tmp_path / "a.epub", **{"META-INF__encryption_xml": encryption("a.xhtml", aes)})
    with refuses(TextFileError, "epub-locked", path=str(path), chapter="a.xhtml"):
        list(read_epub(path))
    font = encryption("font.otf", "http://www.idpf.org/2008/embedding")
    assert list(read_epub(simple(tmp_path / "b.epub", **{"META-INF__encryption_xml": font}))) == ["Tea."]


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = simple(tmp_path / "a.epub", a_xhtml=page("<p>" + "a" * 200_000 + "</p>"))
    monkeypatch.setattr(epub, "MOST_BYTES", 100_000)
    with refuses(TextFileError, "epub-too-large", most_bytes=100_000, chapter="a.xhtml"):
        list(read_epub(path))
    monkeypatch.setattr(epub, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(epub, "MOST_BYTES_OF_BOOK", 100_000)
    with refuses(TextFileError, "epub-too-large", most_bytes=100_000):
        list(read_epub(path))
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + page("<p>&b; tea</p>")
    found = list(read_epub(simple(tmp_path / "b.epub", a_xhtml=laughs)))
    assert found[-1] == "&b; tea"


def test_paths_stay_in_the_book(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text("<p>secret</p>", encoding="utf-8")
    (tmp_path / "books").mkdir()
    for href in ("../secret.xhtml", str(tmp_path / "secret.xhtml"), "..%2Fsecret.xhtml", "file:///etc/passwd"):
        opf = package([("a", href, XHTML, "")], '<itemref idref="a"/>')
        left_out = Counter[str]()
        assert list(parse(simple(tmp_path / "books" / "a.epub", content_opf=opf), Decoding(), left_out)) == []
        assert left_out == {"chapters that are missing": 1}


def test_encodings_of_chapters(tmp_path: Path) -> None:
    path = simple(tmp_path / "a.epub", a_xhtml="<p>喝茶".encode("gb18030"))
    with refuses(TextFileError, "not-as-declared", path=str(path), chapter="a.xhtml"):
        list(read_epub(path))
    assert list(read_epub(path, encoding="gb18030")) == ["喝茶"]


def test_what_looks_like_a_book(tmp_path: Path) -> None:
    assert looks_like(simple(tmp_path / "a.epub").read_bytes()[:4096].decode("latin-1"))
    assert not looks_like("PK\x03\x04 word/document.xml")
    assert not looks_like("The mimetypeapplication/epub+zip stands first.")


def test_only_what_the_archive_says_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(error: Exception) -> Callable[..., None]:
        def function(*arguments: object) -> None:
            raise error

        return function

    path = simple(tmp_path / "a.epub")
    monkeypatch.setattr(epub, "html_texts", fails(RuntimeError("a fault of our own")))
    with pytest.raises(RuntimeError, match="a fault of our own"):
        list(read_epub(path))
    monkeypatch.setattr(epub, "_bytes_of", fails(OSError(errno.EIO, "the disk fails")))
    with refuses(FileAccessError, "file-not-readable", path=str(path), reason="EIO"):
        list(read_epub(path))
