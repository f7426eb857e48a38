"""Ctrl-C takes effect after the work in hand, and is never lost."""

from __future__ import annotations

import signal
import threading

import pytest

from edge_app.live.interrupts import interrupts_held


def test_a_signal_waits_for_the_end_of_the_block() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupts_held():
        signal.raise_signal(signal.SIGINT)
        done.append("the rest of the block")
    assert done == ["the rest of the block"]


def test_handlers_are_as_before_even_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="broken"), interrupts_held():
        raise ValueError("broken")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_another_thread_may_hold_too() -> None:
    faults: list[BaseException] = []

    def work() -> None:
        try:
            with interrupts_held():
                pass
        except BaseException as error:  # what the thread saw is what this test looks at
            faults.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not faults
