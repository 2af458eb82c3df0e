"""Files as people have them -> texts: chats, subtitles, tables, mail, web pages, notes, books.

In each room a `read_...` checks paths at once and yields texts, `looks_like` tells a file of the form by its first
characters, and `parse` yields the texts of one file and counts what it leaves out. `recognising` has them as rows.
"""
