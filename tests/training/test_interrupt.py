"""Ctrl-C: the first one asks, the second one ends, and whoever handles it otherwise is left alone."""

import signal
import threading

import pytest

from nextword.training.interrupt import first_interrupt_calls


@pytest.mark.usefixtures("in_the_foreground")
def test_the_first_interrupt_calls_and_the_second_one_raises():
    calls = []
    with first_interrupt_calls(lambda: calls.append("asked")):
        signal.raise_signal(signal.SIGINT)
        assert calls == ["asked"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert calls == ["asked"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("in_the_foreground")
def test_the_handler_is_put_back_after_an_error():
    with pytest.raises(RuntimeError, match="of training"), first_interrupt_calls(lambda: None):
        raise RuntimeError("of training")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_program_in_the_background_goes_on_ignoring_interrupts():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with first_interrupt_calls(lambda: pytest.fail("called")):
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("in_the_foreground")
def test_a_handler_that_was_not_set_by_python_is_left_alone(monkeypatch):
    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(signal, "getsignal", lambda number: None)  # as it answers where C set the handler
        with first_interrupt_calls(lambda: pytest.fail("called")), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_leave_it_alone():
    errors = []

    def work():
        try:
            with first_interrupt_calls(lambda: None):
                pass
        except ValueError as error:  # only the main thread may handle signals
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not errors
