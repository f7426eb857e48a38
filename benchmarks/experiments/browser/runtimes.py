"""LiteRT.js with integers against TF.js in floating point: one browser, one page, page loads that take turns."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.experiments.browser.tfjs_graphs import ratio_of_medians
from benchmarks.measure.accuracy.measure import choose_photographs
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from convert.web.chromium import BrowserSession
from edge_app.common.errors import DataError, RunFolderError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table

INTEGERS, FLOATS = "litert", "tfjs-wasm"
PLAIN, HEADERS, ONE_THREAD = "as python -m http.server serves it", "headers from the server", "no service workers"
SERVED: Mapping[str, Callable[[Path], BrowserSession]] = {
    PLAIN: BrowserSession,
    HEADERS: partial(BrowserSession, headers=True),
    ONE_THREAD: partial(BrowserSession, worker=False),
}
"""Ways in which the page comes: from a server without headers, where its service worker makes threads possible; from
one that sends them; and into a browser without service workers, which gives it one thread."""

_STAGES = ("decode", "prepare", "invoke")


@dataclass(frozen=True)
class BrowserOptions:
    """How much is measured.

    Attributes:
        loads: page loads of each runtime.
        photographs: timed ones of each load.
        warm_up: photographs before them: the browser compiles WebAssembly a second time, better, while it runs.
        seed: of the order and of the bootstrap.
    """

    loads: int = 10
    photographs: int = 60
    warm_up: int = 40
    seed: int = 0


@dataclass(frozen=True)
class PageLoad:
    """Times of one page load.

    Attributes:
        runtime: of the page.
        served: how the page came; one of `SERVED`.
        isolated: whether the browser allowed threads.
        threads: that the runtime used, by its own account: TF.js takes half of the logical cores at most.
        decode_s: one time per photograph, seconds; pixels of the file.
        prepare_s: pixels to input tensor.
        invoke_s: input tensor to scores.
        labels: places of the best labels.
    """

    runtime: str
    served: str
    isolated: bool
    threads: int
    decode_s: tuple[float, ...]
    prepare_s: tuple[float, ...]
    invoke_s: tuple[float, ...]
    labels: tuple[int, ...]


def run_browser(bundle: Path, photographs: Path, out: Path, plan: BrowserOptions, overwrite: bool = False) -> int:
    """Measure, print a table, write the raw result.

    Args:
        bundle: made by `fieldlens convert web`.
        photographs: a folder of photographs; those of the test split are classified.
        out: JSON file of the result.
        plan: how much is measured.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used, or a part is missing.
    """
    refuse_existing(out, overwrite)
    if not (bundle / "bundle.json").is_file():
        raise RunFolderError(f"`{bundle}` is no bundle for the browser (no bundle.json); run: fieldlens convert web")
    chosen = _photographs(photographs, plan.warm_up + plan.photographs)
    device = examine_device()
    loads, browser = [], ""
    with Progress("loading pages", 2 * len(SERVED) * plan.loads) as progress:
        for served, opened in SERVED.items():
            with opened(bundle) as session:
                browser = session.page.evaluate("() => navigator.userAgent")
                for runtime in turns(plan.loads, plan.seed):
                    loads.append(_load(session, runtime, served, chosen, plan))
                    progress.step()
    content = result(loads, plan)
    content |= {"bundle": json.loads((bundle / "bundle.json").read_text(encoding="utf-8")), "browser": browser}
    write_envelope(out, "browser", content, device)
    _show(content)
    print(f"result  {out}")
    return 0


def turns(loads: int, seed: int) -> list[str]:
    """Both runtimes once per round, in random order within it, so that a slow minute meets both."""
    order = random.Random(seed)
    return [runtime for _ in range(loads) for runtime in order.sample((INTEGERS, FLOATS), 2)]


def result(loads: Sequence[PageLoad], plan: BrowserOptions) -> dict[str, Any]:
    """Return what is written: raw times, and how many times faster integers are."""
    return {
        "plan": asdict(plan),
        "faster": {served: _faster([load for load in loads if load.served == served], plan.seed) for served in SERVED},
        "loads": [asdict(load) for load in loads],
    }


def _faster(loads: Sequence[PageLoad], seed: int) -> dict[str, Any]:
    times = {runtime: [load.invoke_s for load in loads if load.runtime == runtime] for runtime in (FLOATS, INTEGERS)}
    ratio = ratio_of_medians(times[FLOATS], times[INTEGERS], seed)
    threads = {runtime: min(load.threads for load in loads if load.runtime == runtime) for runtime in times}
    return {**asdict(ratio), "threads": threads}


def _photographs(root: Path, count: int) -> list[Path]:
    found = [path for path, _ in choose_photographs(root, everything=False).files]
    if not found:
        raise DataError(f"`{root}` has no test photographs; give a folder of more photographs")
    return [found[place % len(found)] for place in range(count)]


def _load(session: BrowserSession, runtime: str, served: str, chosen: Sequence[Path], plan: BrowserOptions) -> PageLoad:
    session.load(runtime)
    found = session.measured(chosen, runtime)
    timed = slice(plan.warm_up, None)
    return PageLoad(
        runtime=runtime,
        served=served,
        isolated=session.page.evaluate("() => crossOriginIsolated"),
        threads=session.page.evaluate("() => fieldlens.threads()"),
        decode_s=found.times_s["decode"][timed],
        prepare_s=found.times_s["prepare"][timed],
        invoke_s=found.times_s["invoke"][timed],
        labels=tuple(int(place) for place in found.probabilities.argmax(axis=1)[timed]),
    )


def _show(content: dict[str, Any]) -> None:
    rows = []
    for served, faster in content["faster"].items():
        for runtime in (INTEGERS, FLOATS):
            loads = [load for load in content["loads"] if (load["runtime"], load["served"]) == (runtime, served)]
            times = ([time_s for load in loads for time_s in load[f"{stage}_s"]] for stage in _STAGES)
            medians = (f"{statistics.median(times_s) * 1e3:.1f}" for times_s in times)
            rows.append((served, runtime, str(faster["threads"][runtime]), *medians))
    print(text_table(("page", "runtime", "threads", *(f"{stage}, ms" for stage in _STAGES)), rows))
    for title, ratio in content["faster"].items():
        interval = f"95 % interval {ratio['low']:.2f} to {ratio['high']:.2f}"
        print(f"{title}: {INTEGERS} is {ratio['value']:.2f} times as fast as {FLOATS} ({interval})")
