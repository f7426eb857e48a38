"""Images per second, back to back: what a queue of pictures gets, which is not what one camera feels."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from benchmarks.results.round_times import Throughput
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image


def measure_throughput(classifiers: Sequence[Classifier], frames: Sequence[Image], duration_s: float) -> Throughput:
    """Label frames without a pause.

    Args:
        classifiers: each works in a thread of its own; the runtime lets go of Python's lock while it computes.
        frames: 640×480 BGR, shown in turn.
        duration_s: at least; every worker labels one image at least.
    """
    counts = [0] * len(classifiers)
    ready = threading.Barrier(len(classifiers) + 1)

    def work(place: int) -> None:
        classifiers[place].classify(frames[0])
        ready.wait()
        end_s = time.perf_counter() + duration_s
        while not counts[place] or time.perf_counter() < end_s:
            classifiers[place].classify(frames[counts[place] % len(frames)])
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(classifiers))]
    for thread in threads:
        thread.start()
    ready.wait()
    begin_s = time.perf_counter()
    for thread in threads:
        thread.join()
    return Throughput(len(classifiers), sum(counts), time.perf_counter() - begin_s)
