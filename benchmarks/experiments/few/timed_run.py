"""One whole run of `train` on few photographs, timed from the finished imports to the finished run folder."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from benchmarks.experiments.few.drawn_files import drawn_files, lay_out
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.few import FewRun
from edge_app.common.outputs import refuse_existing
from edge_app.photographs.folders import find_photographs
from train.fitting.compute import Compute
from train.job import Job, train
from train.models.architectures.mobilenet_v2 import MOBILENET_V2


def time_run(photographs: Path, weights: str, per_class: int, seed: int, out: Path, overwrite: bool) -> int:
    """Train on one draw, print and write how long it took.

    Args:
        photographs: the folder.
        weights: of the backbone, see `build_model`.
        per_class: photographs of each class.
        seed: of the draw.
        out: the JSON.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite)
    device, date, folder = examine_device(), now(), find_photographs(photographs)
    with tempfile.TemporaryDirectory() as temporary:
        chosen = Path(temporary) / photographs.resolve().name
        learned, _ = drawn_files(folder, folder.labels, per_class, seed)
        lay_out(folder, learned, chosen)
        run = Path(temporary) / "run"
        start_s = time.perf_counter()
        trained = train(Job(chosen, MOBILENET_V2, run, weights=weights, compute=Compute()))
        duration_s = time.perf_counter() - start_s
        settings = json.loads((run / "run.json").read_text(encoding="utf-8"))
    accuracy = trained.accuracy
    result = FewRun(
        date=date,
        device=device,
        folder=chosen.name,
        per_class=per_class,
        photographs=len(learned),
        duration_s=duration_s,
        timings_s=settings["timings_s"],
        stated="" if accuracy is None else f"{accuracy}, {accuracy.data}",
    )
    write_result(out, result, digits=3)
    print(f"{duration_s:.1f} s after the imports, {len(learned)} photographs; accuracy {result.stated}\nresult  {out}")
    return 0
