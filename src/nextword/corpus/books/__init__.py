"""Lines of a book -> its paragraphs: how it is laid out, what is joined at line ends, and what is none of its text.

`lines` measures a line, `layout` tells from many how paragraphs begin, `line_ends` joins them, `licences` and
`emphasis` take out what was added to the text; `paragraphs` composes these.
"""
