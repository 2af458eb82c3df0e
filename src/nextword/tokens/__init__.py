"""Text <-> words <-> token ids, of texts and of conversations.

Everything here is exact and reversible as far as text is: characters are cleaned, Chinese is cut into words, words get
ids in the order of a vocabulary, and ids become readable text again.
"""
