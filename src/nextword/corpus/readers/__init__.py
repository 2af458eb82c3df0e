"""Readers of the forms in which people have their texts: chats, subtitles, tables, mail, books and pages.

Each module reads one form: its `read_...` checks paths at once and yields texts, `looks_like` tells a file of the form
by its first characters, and `parse` yields the texts of one file and counts what it leaves out.
"""
