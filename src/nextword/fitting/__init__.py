"""A language model from a text, in one call: the stages composed, with options that suit the text and the time."""
