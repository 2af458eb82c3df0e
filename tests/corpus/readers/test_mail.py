"""Mailboxes become what people wrote in them, and nothing of what programs put around it."""

import mailbox
import time
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest
from refusals import refuses

from nextword.corpus.readers.mail.reading import looks_like, parse, read_mail
from nextword.corpus.readers.mail.replies import paragraphs_of
from nextword.corpus.reading import Decoding
from nextword.errors import InputError, TextFileError

HEAD = "From: ann@example.org\nTo: bob@example.org\nSubject: Tea\nDate: Mon, 6 May 2024 10:00:00 +0200\n"
LINE = "From ann@example.org Mon May  6 10:00:00 2024\n"


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def own(text: str) -> list[str]:
    return list(paragraphs_of(text.split("\n"), Counter()))


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, May 6, 2024 at 10:00 AM Bob <bob@example.org> wrote:\n\n> Old.\n>\n> > Older.",
        "On Monday, the 6th of May, Bob Smith-Jones of the Tea Company\n<bob@example.org> wrote:\n> Old.",
        "On Mon, May 6, 2024 at 10:00 AM Bob <bob@example.org> wrote:\n\nOld, and not marked.",
        "On 5/6/24 10:00, Bob wrote:\n>Old.\n>Old.",
        "Bob wrote:\n> Old.",
        "* Bob <bob@example.org> [2024-05-06 10:00]:\n> Old.",
        "Am 06.05.24 um 10:00 schrieb Bob Maier:\n> Alt.",
        "Am Mo., 6. Mai 2024 um 10:00 Uhr schrieb Bob <\nbob@example.org>:\n\n> Alt.",
        "Le lun. 6 mai 2024 à 10:00, Bob <bob@example.org> a écrit :\n\n> Vieux.",
        "El lun, 6 may 2024 a las 10:00, Bob (<bob@example.org>) escribió:\n> Viejo.",
        "在 2024年5月6日，10:00，王明 <wang@example.org> 写道：\n\n> 旧的。",
        "王明 <wang@example.org> 于2024年5月6日周一 10:00写道：\n\n> 旧的。",
        "-----Original Message-----\nFrom: Bob\nSent: Monday\n\nOld.",
        "-----Ursprüngliche Nachricht-----\nVon: Bob\n\nAlt.",
        "________________________________\nFrom: Bob <bob@example.org>\nSent: Monday\nTo: Ann\nSubject: Tea\n\nOld.",
        "*From:* Bob\n*Sent:* Monday\n*To:* Ann\n*Subject:* Tea\n\nOld.",
        "Von: Bob\nGesendet: Montag\nAn: Ann\nBetreff: Tee\n\nAlt.",
        "De : Bob\nEnvoyé : lundi\nÀ : Ann\nObjet : Thé\n\nVieux.",
        "发件人: 王明\n发送时间: 2024年5月6日\n收件人: 李\n主题: 茶\n\n旧的。",
        "------------------ 原始邮件 ------------------\n发件人: 王明\n\n旧的。",
        "---------- Forwarded message ---------\nFrom: Bob\n\nOld.",
        "Begin forwarded message:\n\n> From: Bob\n\nOld.",
    ],
)
def test_quoted_replies_are_left_out(quoted: str) -> None:
    left_out = Counter[str]()
    assert list(paragraphs_of(["Yes, please.", "", *quoted.split("\n")], left_out)) == ["Yes, please."]
    assert left_out == {"quoted replies": 1}


@pytest.mark.parametrize(
    "text",
    [
        "On the wall he wrote:",
        "From: the beginning of the story.",
        "I like tea > coffee.",
        "He wrote: tea is good.",
        "On 6 May 2024 we met at 10:00, as agreed.",
        "Here is what I need:",
        ">_< oh no",
        "Sent from the kitchen with love.",
        "The date: 3 May.",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert own(f"{text}\n\nTea is good.") == [text, "Tea is good."]


def test_answers_between_quotations_stay() -> None:
    text = "Hi,\n\nBob wrote:\n> Tea?\nYes.\n\nOn 3 May 2024 Bob wrote:\n> > Milk?\n> No.\n\nFine.\n"
    assert own(text) == ["Hi,", "Yes.", "Fine."]


@pytest.mark.parametrize(
    ("below", "called"),
    [
        ("-- \nAnn Lee\nTea Company\n+1 555 0100", "signatures"),
        ("--\nAnn", "signatures"),
        ("Sent from my iPhone", "signatures"),
        ("Sent from Mail for Windows", "signatures"),
        ("Get Outlook for iOS<https://aka.ms/o0ukef>", "signatures"),
        ("Von meinem iPhone gesendet", "signatures"),
        ("Envoyé de mon iPhone", "signatures"),
        ("发自我的iPhone", "signatures"),
        (
            "_______________________________________________\nTea mailing list\nTea@example.org\nhttps://x",
            "footers of mailing lists",
        ),
        ("-- \nYou received this message because you are subscribed to the Google Groups group.", "signatures"),
    ],
)
def test_what_stands_below_is_left_out(below: str, called: str) -> None:
    left_out = Counter[str]()
    assert list(paragraphs_of(["Yes.", "", *below.split("\n")], left_out)) == ["Yes."]
    assert left_out == {called: 1}


def test_a_long_text_below_two_dashes_stays() -> None:
    assert len(own("One.\n--\n" + "\n\n".join(f"Paragraph {number}." for number in range(30)))) == 32


def test_armour_is_left_out() -> None:
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nTea.\n- -- \nAnn\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n"
    )
    assert own(signed + "-----END PGP SIGNATURE-----\n") == ["Tea."]


def test_wrapped_lines_are_joined() -> None:
    text = (
        "Dear Bob,\n\nI think that we should go there at five in the evening, when it is less\nhot than it is at noon."
        "\nWhat do you think?\n\n- green tea\n- milk\n\nBest,\nAnn"
    )
    assert own(text) == [
        "Dear Bob,",
        "I think that we should go there at five in the evening, when it is less hot than it is at noon.",
        *("What do you think?", "- green tea", "- milk", "Best,", "Ann"),
    ]
    chinese = "我们明天下午五点一起去那家新开的茶馆喝茶吧，听说那里的绿茶很不错，\n价格也不贵。\n你觉得呢？"
    assert own(chinese) == [
        "我们明天下午五点一起去那家新开的茶馆喝茶吧，听说那里的绿茶很不错，价格也不贵。",
        "你觉得呢？",
    ]


def test_an_mbox(tmp_path: Path) -> None:
    path = write(
        tmp_path / "Inbox",
        f"{LINE}{HEAD}Message-ID: <1@x>\n\nFirst.\n>From the start it was good.\nFrom Monday on.\n\n"
        f"{LINE}{HEAD}Message-ID: <2@x>\n\nSecond.\n\n{LINE}{HEAD}Message-ID: <1@x>\n\nFirst.\n\n"
        f"From MAILER-DAEMON Mon May  6 10:00:00 2024\nFrom: Mail Delivery System <MAILER-DAEMON@x>\n\nNot sent.\n\n"
        f"From - Mon May 06 10:00:00 2024\n{HEAD}Auto-Submitted: auto-replied\n\nI am away.\n\n"
        f"From 1234@xxx Mon May 06 10:00:00 +0000 2024\n{HEAD}\nThird.\n",
    )
    left_out = Counter[str]()
    expected = ["First.", "From the start it was good.", "From Monday on.", "Second.", "Third."]
    assert list(parse(path, Decoding(), left_out)) == expected
    assert left_out == {"copies of mails": 1, "automatic mails": 2}
    windows = write(tmp_path / "w.mbox", path.read_bytes().replace(b"\n", b"\r\n"))
    assert list(read_mail(windows)) == expected
    assert list(read_mail(path, windows)) == [*expected, "Third."]  # copies have the same Message-ID


def test_parts_of_a_mail(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ann <ann@example.org>", "Thé"
    mail.set_content("Un café, s'il vous plaît.\n", charset="iso-8859-1", cte="quoted-printable")
    mail.add_alternative("<p>no</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="menu.pdf")
    mail.add_attachment("a list", filename="list.txt")
    path = write(tmp_path / "a.eml", mail.as_bytes())
    left_out = Counter[str]()
    assert list(parse(path, Decoding(), left_out)) == ["Un café, s'il vous plaît."]
    assert left_out == {"attachments": 2}
    chinese = EmailMessage()
    chinese.set_content("喝茶吗？\n", charset="gb2312", cte="base64")
    assert list(read_mail(write(tmp_path / "b.eml", chinese.as_bytes()))) == ["喝茶吗？"]


def test_html_where_there_is_no_plain_text(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail.set_content(
        '<html><style>p {}</style><div dir="ltr">Yes,&nbsp;please.<div>Ann</div></div><br><div class="gmail_quote">'
        '<div>On Mon, May 6, 2024 at 10:00 AM Bob &lt;<a href="mailto:b@x">b@x</a>&gt; wrote:<br></div>'
        "<blockquote><p>Tea?</p></blockquote></div></html>",
        subtype="html",
    )
    left_out = Counter[str]()
    assert list(parse(write(tmp_path / "a.eml", mail.as_bytes()), Decoding(), left_out)) == ["Yes, please.", "Ann"]
    assert left_out["quoted replies"] >= 1
    outlook = HEAD + (
        "Content-Type: text/html\n\n<p>Fine.<o:p></o:p></p><div><p><b>From:</b> Bob<br><b>Sent:</b> Monday<br>"
        "<b>To:</b> Ann<br><b>Subject:</b> Tea</p></div><p>Old.</p>"
    )
    assert list(read_mail(write(tmp_path / "b.eml", outlook))) == ["Fine."]


def test_flowed_text(tmp_path: Path) -> None:
    kind = "Content-Type: text/plain; format=flowed"
    mail = f"{HEAD}{kind}\n\nI like \ngreen \ntea.\nYou too?\n > stuffed\n>> quoted\n-- \nAnn\n"
    assert list(read_mail(write(tmp_path / "a.eml", mail))) == ["I like green tea.", "You too?"]
    mail = f"{HEAD}{kind}; delsp=yes\n\n我喜欢 \n喝茶。\n"
    assert list(read_mail(write(tmp_path / "b.eml", mail))) == ["我喜欢喝茶。"]


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8", "us-ascii", ""])
def test_a_part_that_cannot_be_read_has_a_way_out(tmp_path: Path, charset: str) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\n" if charset else ""
    path = write(
        tmp_path / "a.mbox",
        f"{LINE}{HEAD}{kind}\n".encode() + "喝茶。\n".encode("gb18030") + f"\n{LINE}{HEAD}\nTea.\n".encode(),
    )
    left_out = Counter[str]()
    assert list(parse(path, Decoding(), left_out)) == ["Tea."]
    assert left_out == {"parts of unknown encoding": 1}
    assert list(read_mail(path, encoding="gb18030")) == ["喝茶。", "Tea."]
    assert "Tea." in list(read_mail(path, errors="replace"))


def test_folders(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "Mail")
    box.add(f"{HEAD}\nIn a Maildir.\n")
    box.get_folder("Sent") if "Sent" in box.list_folders() else box.add_folder("Sent").add(f"{HEAD}\nSent.\n")
    assert sorted(read_mail(tmp_path / "Mail")) == ["In a Maildir.", "Sent."]
    (tmp_path / "Old.mbox").mkdir()
    write(tmp_path / "Old.mbox" / "mbox", f"{LINE}{HEAD}\nApple.\n")
    body = f"{HEAD}\nLength.\n".encode()
    write(tmp_path / "1.EMLX", f"{len(body)}      \n".encode() + body + b'<?xml version="1.0"?><plist></plist>')
    assert sorted(read_mail(tmp_path)) == ["Apple.", "In a Maildir.", "Length.", "Sent."]
    (tmp_path / "none").mkdir()
    with refuses(InputError, "folder-empty"):
        read_mail(tmp_path / "none")
    with refuses(TextFileError, "file-of-another-kind"):
        read_mail(write(tmp_path / "a.mbox", b"PK\x03\x04"))
    assert list(read_mail(write(tmp_path / "b.mbox", b""))) == []


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (f"{LINE}{HEAD}\nTea.", True),
        (f"{LINE}{HEAD}\nTea.".replace("\n", "\r\n"), True),
        (f"Received: from x by y\n\twith z\n{HEAD}\nTea.", True),
        (f"{HEAD}MIME-Version: 1.0\n\nTea.", True),
        ("From Monday to Friday, 2024, we met at 10:00.\nTea: hot.\n", False),
        ("From the mountains to the sea.\nTo the sea.\n", False),
        ("From: Ann\nTo: all\nDate: 3 May\nSubject: Tea\n\nA memo.", False),
        ("From: the beginning\nof it all\n", False),
        ("Ann: Hi\nBob: Hello\nFrom: x\n", False),
        ("key: value\nother: value\n", False),
        ("", False),
    ],
)
def test_what_looks_like_mail(start: str, expected: bool) -> None:
    assert looks_like(start) is expected


@pytest.mark.parametrize(
    "data",
    [
        b"From: =?utf-8?Q?broken\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nTea.\n",
        b"Content-Type: multipart/mixed\n\nTea.\n",
        b"Content-Type: text/plain; charset=\"utf-8\nContent-Transfer-Encoding: base64\n\nVGVhLg\n",
        b"Content-Type: ;;;\nFrom: \xff\xfe\n\nTea.\n",
        b"Content-Transfer-Encoding: nonsense\n\nTea.\n",
    ],
)  # fmt: skip
def test_damaged_mails_are_read(tmp_path: Path, data: bytes) -> None:
    assert list(read_mail(write(tmp_path / "a.eml", data))) in (["Tea."], [])


def test_a_mail_of_parts_in_parts_without_end_is_left_out(tmp_path: Path) -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500))
    path = write(tmp_path / "a.mbox", LINE.encode() + nested + b"\nTea.\n" + f"\n{LINE}{HEAD}\nMilk.\n".encode())
    left_out = Counter[str]()
    assert list(parse(path, Decoding(), left_out)) == ["Milk."]
    assert left_out == {"damaged mails": 1}


def test_an_archive_of_a_mailing_list(tmp_path: Path) -> None:
    line = "From ann at example.org  Mon May  6 11:00:00 2024\n"
    mail = (
        "From: ann at example.org (Ann)\nSubject: [Tea] Green\n\n> Old.\n\nThe green one.\n\n"
        "Bob writes:\n > Cheap?\nNo.\n\n"
        "-------------- next part --------------\nAn HTML attachment was scrubbed...\nURL: <http://example.org/x>\n\n"
    )
    left_out = Counter[str]()
    assert list(parse(write(tmp_path / "2024-May.txt", (line + mail) * 2), Decoding(), left_out)) == [
        *("The green one.", "No."),
        *("The green one.", "No."),
    ]
    assert left_out == {"quoted replies": 4, "attachments": 2}


def test_mails_of_a_company_with_forwarding(tmp_path: Path) -> None:
    mail = (
        "Message-ID: <1.JavaMail@x>\nFrom: a@x\nMime-Version: 1.0\nX-Origin: A\n\nPlease look at this.\n\n"
        "---------------------- Forwarded by Ann Lee/HOU/ECT on 05/14/2001 \n04:38 PM ---------------------------\n\n"
        '"Bob" <b@x.com> on 05/14/2001 10:00:00 AM\nTo: a@x\ncc:  \n\nSubject: Tea\n\nOld.\n'
    )
    assert list(read_mail(write(tmp_path / "1.eml", mail))) == ["Please look at this."]


@pytest.mark.parametrize(
    "signature",
    [
        '<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Ann Lee<br>Tea Ltd.</div></div>',
        '<pre class="moz-signature" cols="72">--\nAnn Lee\nTea Ltd.</pre>',
        '<div id="Signature"><p>Ann Lee</p></div>',
    ],
)
def test_signatures_that_html_marks(tmp_path: Path, signature: str) -> None:
    mail = EmailMessage()
    mail.set_content(f'<html><div dir="ltr">Yes, please.</div><br>{signature}<p>See you.</p></html>', subtype="html")
    left_out = Counter[str]()
    texts = list(parse(write(tmp_path / "a.eml", mail.as_bytes()), Decoding(), left_out))
    assert texts == ["Yes, please.", "See you."]
    assert left_out["signatures"] == 1


def test_many_lines_that_could_begin_a_signature_take_no_longer(tmp_path: Path) -> None:
    def seconds(lines: int) -> float:
        path = write(tmp_path / "a.eml", HEAD + "\n" + "--\n" * lines)
        begun = time.process_time()
        assert len(list(read_mail(path))) > 0.8 * lines
        return time.process_time() - begun

    # Sixteen times, where each line looks at all behind it.
    assert min(seconds(40_000) for _ in range(2)) < 8 * max(seconds(10_000) for _ in range(3))
