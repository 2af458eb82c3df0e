"""Subtitles -> texts, one a cue or speaker."""
