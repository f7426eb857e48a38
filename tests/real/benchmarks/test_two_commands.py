"""The promise to a newcomer, on real photographs: two commands, and the accuracy that they state is true of others."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.__main__ import main


def test_the_stated_accuracy_of_two_commands_holds_on_photographs_that_were_not_drawn(
    data_folder: Path, tmp_path: Path
) -> None:
    weights = data_folder / "weights" / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    out = tmp_path / "two.json"
    words = ["--photos", str(data_folder / "flowers"), "--weights", str(weights), "--two-commands", "15"]
    assert main(["experiment", "few", *words, "--draws", "1", "--out", str(out)]) == 0
    content = json.loads(out.read_text())["payload"]
    assert content["labels"] == ["daisy", "dandelion", "roses"]
    (draw,) = content["draws"]
    assert draw["judged"]["photographs"] == 3 * 105
    assert draw["judged"]["top1"] > 0.75  # three flowers; guessing has a third
    assert draw["holds"]
