"""Ctrl-C takes effect after the work in hand, and is never lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from edge_app.live.interrupts import Interrupts


def test_a_signal_waits_for_the_end_of_the_work() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:
        interrupts.hold()
        signal.raise_signal(signal.SIGINT)
        done.append("the rest of the work")
        interrupts.release()
        done.append("what comes after it")
    assert done == ["the rest of the work"]


def test_work_that_lasts_until_somebody_ends_it_is_told_that_a_signal_waits() -> None:
    waiting = threading.Event()
    with pytest.raises(KeyboardInterrupt), Interrupts(waiting.set) as interrupts:
        interrupts.hold()
        assert not waiting.is_set()
        signal.raise_signal(signal.SIGINT)
        assert waiting.is_set()
        interrupts.release()


def test_between_two_pieces_of_work_a_signal_takes_effect_at_once() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:
        interrupts.hold()
        interrupts.release()
        signal.raise_signal(signal.SIGINT)
        done.append("what comes after it")
    assert not done


def test_handlers_are_as_before_even_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="broken"), Interrupts() as interrupts:
        interrupts.hold()
        raise ValueError("broken")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_process_without_handlers_ends_by_the_signal_after_its_work() -> None:
    program = (
        "import signal\nfrom edge_app.live.interrupts import Interrupts\n"
        "with Interrupts() as interrupts:\n"
        "    interrupts.hold()\n    signal.raise_signal(signal.SIGTERM)\n    print('done', flush=True)\n"
        "    interrupts.release()\n    print('too late', flush=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.stdout, ended.returncode) == ("done\n", -signal.SIGTERM)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            interrupts.hold()
            signal.raise_signal(signal.SIGTERM)
            interrupts.release()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_may_hold_too() -> None:
    faults: list[BaseException] = []

    def work() -> None:
        try:
            with Interrupts() as interrupts:
                interrupts.hold()
                interrupts.release()
        except BaseException as error:  # what the thread saw is what this test looks at
            faults.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not faults
