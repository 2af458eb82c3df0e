"""What several tests of trainings share."""

import signal

import pytest


@pytest.fixture
def in_the_foreground():
    """Handle Ctrl-C as a program in a terminal does, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
