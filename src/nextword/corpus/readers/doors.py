"""The public readers in one place, which is imported when the first of them is asked for."""

from nextword.corpus.readers.chats.reading import read_chat as read_chat
from nextword.corpus.readers.conversations.reading import read_conversations as read_conversations
from nextword.corpus.readers.mail.reading import read_mail as read_mail
from nextword.corpus.readers.markup.epub import read_epub as read_epub
from nextword.corpus.readers.markup.markdown import read_markdown as read_markdown
from nextword.corpus.readers.markup.web import read_html as read_html
from nextword.corpus.readers.subtitles.reading import read_subtitles as read_subtitles
from nextword.corpus.readers.tables.reading import read_table as read_table
from nextword.corpus.reading import read_texts as read_texts
