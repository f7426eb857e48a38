"""Promises of the classifier's thread: order, overlap, nothing made ahead of need, every fault told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from edge_app.live.pipelined import pipelined


def numbers(count: int, fault: Exception | None = None) -> Iterator[int]:
    yield from range(count)
    if fault is not None:
        raise fault


def test_results_come_in_order() -> None:
    assert list(pipelined(lambda _: numbers(50), lambda number: number * number)) == [n * n for n in range(50)]


def test_the_next_result_is_made_while_the_last_one_is_used_and_no_more() -> None:
    begun: list[int] = []
    second = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number == 1:
            second.set()
        return number

    results = pipelined(lambda _: numbers(10), work)
    assert next(results) == 0
    assert second.wait(5)  # while we hold the first one
    time.sleep(0.02)
    assert begun == [0, 1], "the second result waits for us, so nothing more is made"
    assert next(results) == 1
    results.close()
    assert begun in ([0, 1], [0, 1, 2])


def test_faults_of_items_and_of_work_come_after_the_results_before_them() -> None:
    seen = []
    with pytest.raises(ValueError, match="source"):
        for number in pipelined(lambda _: numbers(3, ValueError("source")), lambda number: number):
            seen.append(number)
    assert seen == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        list(pipelined(lambda _: numbers(3), lambda number: 1 // number))


def test_while_nothing_comes_the_waiting_thread_is_heard_and_may_end_it() -> None:
    answers = iter((True, True, False))

    def patient(stopping: threading.Event) -> Iterator[int]:
        yield 0
        assert stopping.wait(10)

    assert list(pipelined(patient, lambda number: number, lambda: next(answers))) == [0]
    assert next(answers, None) is None, "it was asked three times"


def test_closing_tells_a_waiting_source_and_ends_the_thread() -> None:
    before = set(threading.enumerate())

    def patient(stopping: threading.Event) -> Iterator[int]:
        yield 0
        assert stopping.wait(10)

    results = pipelined(patient, lambda number: number)
    assert next(results) == 0
    results.close()
    assert not set(threading.enumerate()) - before
