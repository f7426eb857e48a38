"""Promises of work in threads: in order, and over when it says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.data.thread_pool import in_threads


@given(st.lists(st.integers(), max_size=200))
def test_results_come_in_the_order_of_the_items(numbers: list[int]) -> None:
    assert list(in_threads(lambda number: number * 2, numbers)) == [number * 2 for number in numbers]


def test_an_error_of_one_item_reaches_the_reader() -> None:
    results = in_threads(lambda number: 6 // number, [3, 2, 0, 1])
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)


def count_calls(started: list[int], ended: list[int]) -> Callable[[int], int]:
    def slow(number: int) -> int:
        started.append(number)
        time.sleep(0.2)
        ended.append(number)
        return number

    return slow


def test_a_reader_that_leaves_waits_for_the_calls_under_way_and_starts_no_others() -> None:
    started: list[int] = []
    ended: list[int] = []
    results = in_threads(count_calls(started, ended), range(1000))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert started
    assert len(started) == len(ended) < 1000


def test_ctrl_c_while_a_thread_starts_waits_for_that_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ThreadPoolExecutor.shutdown` does not know of a thread whose `start()` was interrupted."""
    started: list[int] = []
    ended: list[int] = []
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        while not started:
            time.sleep(0.001)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(in_threads(count_calls(started, ended), range(9)))
    assert started == ended == [0]
