"""Readers of what people bring: files of other programs become texts, without what is not the text."""
