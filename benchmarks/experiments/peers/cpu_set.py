"""The same CPUs for everybody: what is pinned here is inherited by every process that is started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from edge_app.common.errors import UsageError


def choose_cpus(threads: int, given: str | None = None) -> tuple[int, ...]:
    """Return the CPUs to measure on; empty: this system pins nothing.

    Args:
        threads: as many CPUs where the user gave none, the highest numbers: interrupts go to the lowest.
        given: by the user, as in `0,1`.

    Raises:
        UsageError: they are not there, or cannot be chosen here.
    """
    if not hasattr(os, "sched_getaffinity"):
        if given is not None:
            raise UsageError("this system cannot choose CPUs; leave --cpus out")
        return ()
    usable = sorted(os.sched_getaffinity(0))
    if given is None:
        return tuple(usable[-threads:])
    wanted = given.split(",")
    if not all(word.strip().isdigit() and int(word) in usable for word in wanted):
        raise UsageError(f"--cpus takes some of {','.join(map(str, usable))}, received `{given}`")
    return tuple(sorted({int(word) for word in wanted}))


@contextmanager
def pinned(cpus: tuple[int, ...]) -> Iterator[None]:
    """Keep this process and what it starts on `cpus`; empty: leave everything as it is."""
    if not cpus:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
