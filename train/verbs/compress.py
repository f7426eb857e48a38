"""`fieldlens train compress`: a finished run to a smaller one."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.trust import add_trust_option
from train.compression.methods import DEFAULT_EPOCHS, METHODS, CompressionSettings
from train.verbs.machine_options import add_stream_option

SUMMARY = "make a finished run smaller by training it further"
DESCRIPTION = """Make a finished run smaller by training it further, into a run folder of its own.

Photographs, splits and augmentation are those of RUN. Quantization-aware training (qat) prepares the network for int8
by training it with rounding; pruning and clustering make files that compress better (gzip) but run no faster. `convert`
checks every layer of every file for what the method promises.

methods:
""" + "\n".join(f"  {method.name:<10} {method.summary}" for method in METHODS.values())  # fmt: skip

EXAMPLES = """examples:
  fieldlens train compress runs/pets --method qat
  fieldlens train compress runs/pets --method pcqat --sparsity 0.5 --clusters 16 --out runs/pets-small"""

_SHOWN = 5  # left-out photographs named on the terminal; run.json has all


def add_arguments(compress: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    compress.add_argument("run", type=Path, metavar="RUN", help="folder made by `fieldlens train`")
    compress.add_argument(
        "--method", choices=list(METHODS), required=True, metavar="METHOD", help="how to compress; see above"
    )
    compress.add_argument("--out", type=Path, metavar="RUN2", help="run folder to create (default: RUN with a suffix)")
    compress.add_argument("--overwrite", action="store_true", help="replace an existing run folder")
    compress.add_argument(
        "--photos", type=Path, metavar="DIR", help="where the photographs are now, if they have moved"
    )
    add_trust_option(compress)
    add_stream_option(compress)
    compress.add_argument("--epochs", type=int, default=DEFAULT_EPOCHS, metavar="N", help="of each stage")
    compress.add_argument(
        "--learning-rate",
        type=float,
        metavar="RATE",
        help="of each stage (default: that of RUN; a fifth of it for qat)",
    )
    compress.add_argument(
        "--sparsity", type=float, default=0.5, metavar="SHARE", help="of weights that become zero in each layer (prune)"
    )
    compress.add_argument("--clusters", type=int, default=16, metavar="N", help="shared values per layer (cluster)")


def run(arguments: argparse.Namespace) -> int:
    """Compress, and print what it came to."""
    settings = CompressionSettings(
        method=arguments.method,
        epochs=arguments.epochs,
        learning_rate=arguments.learning_rate,
        sparsity=arguments.sparsity,
        clusters=arguments.clusters,
    )
    source = arguments.run
    out = arguments.out or source.with_name(f"{source.resolve().name}-{settings.chosen.suffix}")
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from train.checks import check_before_compressing

    check_one_cv2_wheel()
    check_before_compressing(source, out, arguments.overwrite)
    with quiet_native_stderr():
        from train.compression.job import compress

    outcome = compress(source, settings, out, arguments.overwrite, arguments.photos, arguments.stream)
    if outcome.skipped:
        print(f"left out {len(outcome.skipped):,} photographs:")
        for sentence in outcome.skipped[:_SHOWN]:
            print(f"  {sentence}")
        if len(outcome.skipped) > _SHOWN:
            print(f"  and {len(outcome.skipped) - _SHOWN:,} more, all in {out / 'run.json'}")
    accuracy = outcome.accuracy
    before = "" if outcome.before is None else f", {outcome.before:.2%} before"
    print(f"test accuracy {accuracy} on {accuracy.photographs:,} photographs{before}")
    for sentence in outcome.calibration:
        print(sentence)
    print(f"report  {out / 'report.html'}\nnext    fieldlens convert {out}")
    return 0
