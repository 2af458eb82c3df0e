"""Bytes of a file -> characters, or an error that names the place and the encodings that would do.

`decoding` is what a user asks for, `guessing` ranks what decodes all of a file, by the characters that are `frequent`,
and `file_errors` says what is wrong with a file that is no text in its encoding.
"""
