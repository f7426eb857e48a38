"""Promises about MediaPipe Tasks, asked of MediaPipe itself: it runs our files unchanged and says what we say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.peers.mediapipe_agreement import compare_file
from benchmarks.experiments.peers.worker_process import WorkerProcess
from convert.proof.mediapipe import why_refused
from edge_app.model.classifier import Classifier
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import read_photograph
from tests.conftest import Chain
from tests.peers.conftest import KINDS, Bundle

THIRD_PARTY = "models/tf2_mobilenet_v2_1.0_224_ptq.tflite"


def test_every_file_of_a_bundle_is_accepted_with_equal_scores_or_refused_as_the_report_says(
    bundle: Bundle, data_folder: Path, mediapipe: WorkerProcess
) -> None:
    root = data_folder / "dogs_vs_cats_full_size"
    paths = pictures_below(root)
    for name, path in bundle.files.items():
        some = paths[::20] if name == "int16x8" else paths  # its kernels are 200 times slower
        found = compare_file(Classifier(path), root, some, mediapipe)
        assert (found.refused is None) == (why_refused(*bundle.dtypes[name]) is None), name
        if found.refused is None:
            assert found.same_labels, name
            assert found.photographs == len(some), name
            assert found.largest_difference <= found.allowed_difference, name
            assert found.largest_difference_full_size > found.largest_difference  # another sampler than cv2.resize
    assert len(paths) >= 200
    refused = [name for name, dtypes in bundle.dtypes.items() if why_refused(*dtypes) is not None]
    assert refused == ["int8-int8io"]
    assert {"float32", "float16", "dynamic", "int8", "int8-floatio"} <= set(bundle.files)


def test_the_facts_are_true_of_other_types_too(kinds: dict[str, Path], mediapipe: WorkerProcess) -> None:
    for kind, path in kinds.items():
        answer = mediapipe.ask("load", model=str(path), mode="image", top_k=-1)
        assert answer["accepted"] == (why_refused(*KINDS[kind]) is None), (kind, answer)
        if not answer["accepted"]:
            assert KINDS[kind][0].upper() in answer["why"] or KINDS[kind][1].upper() in answer["why"]


def test_on_pictures_of_its_own_kind_even_a_small_network_gets_the_same_labels(
    chain: Chain, bundle: Bundle, mediapipe: WorkerProcess
) -> None:
    paths = pictures_below(chain.drawings)[::10]
    found = compare_file(Classifier(bundle.files["int8"]), chain.drawings, paths, mediapipe)
    assert found.photographs >= 190
    assert found.same_label >= 0.95  # TINY is often in doubt, and the sampler differs
    assert len(found.disagreements) == round((1 - found.same_label) * found.photographs)


def test_where_a_third_partys_model_is_sure_both_give_its_label(data_folder: Path, mediapipe: WorkerProcess) -> None:
    """1,000 breeds, hundreds of photographs: disagreements are where the margin is small."""
    root = data_folder / "dogs_vs_cats_full_size"
    classifier = Classifier(data_folder / THIRD_PARTY)
    paths = pictures_below(root)
    found = compare_file(classifier, root, paths, mediapipe)
    assert found.largest_difference <= 1 / 256
    assert found.photographs == len(paths) >= 200
    assert len(found.disagreements) == round((1 - found.same_label) * found.photographs)
    sure = [path for path in paths if _margin(classifier, root / path) >= 0.4]
    apart = {pair.photograph for pair in found.disagreements}
    assert len(sure) >= 60
    assert sum(path in apart for path in sure) <= 0.01 * len(sure)


def test_the_verb_tells_accepted_from_refused_and_writes_both(
    chain: Chain, bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = tmp_path / "photos"
    photographs.mkdir()
    for path in sorted((chain.drawings / "cat").iterdir())[:12]:
        (photographs / path.name).write_bytes(path.read_bytes())
    (photographs / "broken.jpg").write_text("no picture")
    out = tmp_path / "out.json"
    models = [str(chain.models / "tiny-int8.tflite"), str(bundle.files["int8-int8io"])]
    assert main(["experiment", "mediapipe", *models, "--photos", str(photographs), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "runs it" in told
    assert "refused: Type mismatch for input tensor" in told
    accepted, refused = json.loads(out.read_text())["payload"]["files"]
    assert accepted["photographs"] == 12
    assert accepted["refused"] is None
    assert "got INT8" in refused["refused"]
    assert main(["experiment", "mediapipe", *models, "--photos", str(photographs), "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err


def _margin(classifier: Classifier, path: Path) -> float:
    second, first = np.sort(classifier.scores(read_photograph(path)))[-2:]
    return float(first - second)
