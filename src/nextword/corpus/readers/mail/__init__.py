"""Mailboxes -> the paragraphs that people wrote, without what they quoted and signed with."""
