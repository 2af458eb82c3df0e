"""Ctrl-C while a network is trained: the first one asks training to end, the second one ends it.

Input: what to call at the first Ctrl-C. Output: a context in which it is called; afterwards all is as before.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def first_interrupt_calls(action: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C call a function, and a second one raise `KeyboardInterrupt` as usual.

    Outside the main thread, which alone may handle signals, Ctrl-C is left alone; so it is in a program that was
    started to ignore it, and in one whose handler Python does not know and could not put back.

    Args:
        action: Called in the signal handler.
    """
    handler_before = signal.getsignal(signal.SIGINT)
    is_main_thread = threading.current_thread() is threading.main_thread()
    if not is_main_thread or handler_before is signal.SIG_IGN or handler_before is None:
        yield
        return

    def handle(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, handler_before)
        action()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler_before)
