"""Web pages, Markdown and EPUB -> texts, one a block."""
