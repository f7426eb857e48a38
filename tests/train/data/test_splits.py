"""Promises of small and unequal classes: each is in every split it can fill; what is not measured is named."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.measure.accuracy.measure import choose_photographs
from convert.__main__ import main as main_of_convert
from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs
from edge_app.model.card import read_own_card
from edge_app.model.run_folder import read_trained_run
from edge_app.photographs.decoder import decode_photograph
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.groups import GroupedFile, format_manifest, marked
from edge_app.photographs.splits import Split, sha256_of, split_of
from train.__main__ import main
from train.compression.finished_run import read_finished_run, recorded_photographs
from train.data.loading import hash_files
from train.data.splits import are_unequal, count_groups, coverage_sentences, data_sha256, format_splits
from train.evaluation.evaluate import evaluate_probabilities
from train.offline.folder import CopyPlan, augment_folder
from train.offline.settings import OfflineAugmentation

COLOURS = {"red": (60, 60, 180), "blue": (180, 60, 60), "green": (60, 180, 60)}


def noisy(label: str, number: int) -> bytes:
    rng = np.random.default_rng((list(COLOURS).index(label), number))
    picture = (rng.integers(0, 60, (48, 48, 3)) + np.array(COLOURS[label])).astype(np.uint8)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def write(root: Path, first: int = 0, **counts: int) -> Path:
    for label, count in counts.items():
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            (root / label / f"{number}.png").write_bytes(noisy(label, number))
    return root


def splits(root: Path) -> Counter[tuple[str, Split]]:
    files, _ = hash_files(find_photographs(root))
    return Counter((file.label, file.split) for file in files)


def test_a_rare_class_of_three_is_in_every_split(tmp_path: Path) -> None:
    found = splits(write(tmp_path, red=60, blue=60, green=3))
    assert [found["green", split] for split in ("train", "validation", "test")] == [1, 1, 1]
    assert [found["red", split] for split in ("train", "validation", "test")] == [39, 6, 15]


def test_a_class_whose_only_picture_would_test_trains(tmp_path: Path) -> None:
    write(tmp_path, red=60, blue=60)
    (tmp_path / "green").mkdir()
    only = next(content for content in (noisy("green", n) for n in range(99)) if split_of(sha256_of(content)) == "test")
    (tmp_path / "green" / "0.png").write_bytes(only)
    assert [key for key in splits(tmp_path) if key[0] == "green"] == [("green", "train")]


def test_what_was_not_measured_is_a_sentence() -> None:
    all_three: dict[Split, int] = {"train": 39, "validation": 6, "test": 15}
    assert coverage_sentences({"red": all_three, "blue": all_three}) == []
    pair: dict[Split, int] = {"train": 1, "validation": 0, "test": 1}
    one: dict[Split, int] = {"train": 1, "validation": 0, "test": 0}
    assert coverage_sentences({"red": all_three, "green": pair, "white": one}) == [
        "not measured: white (no test photographs); add some, two are the least",
        "no validation photographs of green, white; add some, three are the least",
    ]


def test_a_class_of_one_session_is_named_with_its_way_out() -> None:
    counts: dict[str, dict[Split, int]] = {"red": {"train": 200, "validation": 0, "test": 0}}
    assert coverage_sentences(counts, {"red": 1})[-1] == (
        "the 200 photographs of red are in 1 group that stay together, too few for every split; "
        "add some of another session or video"
    )
    assert len(coverage_sentences(counts, {"red": 3})) == 2


def write_sessions(root: Path, sessions: int, each: int) -> Path:
    """Pictures of two classes that name their session."""
    for label in ("red", "blue"):
        (root / label).mkdir(parents=True)
        for number in range(sessions * each):
            picture = decode_photograph(noisy(label, number), label)
            encoded = bytes(cv2.imencode(".jpg", picture)[1].tobytes())
            (root / label / f"{number}.jpg").write_bytes(marked(encoded, f"{label} {number // each}"))
    return root


def test_sessions_never_straddle_splits_and_ten_of_them_fill_every_split(tmp_path: Path) -> None:
    files, _ = hash_files(find_photographs(write_sessions(tmp_path, sessions=10, each=12)))
    of_session: dict[tuple[str, int], set[Split]] = {}
    for file in files:
        of_session.setdefault((file.label, int(Path(file.path).stem) // 12), set()).add(file.split)
    assert all(len(splits) == 1 for splits in of_session.values())
    for label in ("red", "blue"):
        found = Counter(next(iter(splits)) for (of, _), splits in of_session.items() if of == label)
        assert found == {"train": 6, "validation": 1, "test": 3}
    assert count_groups(files) == 20
    rows = list(csv.DictReader(io.StringIO(format_splits(files))))
    assert len({row["group"] for row in rows}) == 20


def test_augmented_copies_are_in_the_group_of_their_original(tmp_path: Path) -> None:
    photographs = write_sessions(tmp_path / "photos", sessions=4, each=3)
    augment_folder(photographs, tmp_path / "out", CopyPlan(OfflineAugmentation(), copies=1))
    files, skipped = hash_files(find_photographs(tmp_path / "out"))
    assert not skipped
    by_path = {file.path: file for file in files}
    copies = [file for file in files if file.copy_of]
    assert len(copies) == 2 * 2 * 3  # two sessions of each class train
    assert all((file.key, file.split) == (by_path[file.copy_of].key, "train") for file in copies)


def test_a_manifest_stays_beside_augmented_copies_and_changes_what_a_resume_compares(tmp_path: Path) -> None:
    photographs = write(tmp_path / "photos", red=60, blue=60)
    before, _ = hash_files(find_photographs(photographs))
    rows = [GroupedFile(file.path, file.sha256, before[0].sha256) for file in before if file.label == "blue"]
    (photographs / "groups.csv").write_bytes(format_manifest(rows))
    after, _ = hash_files(find_photographs(photographs))
    assert len({file.split for file in after if file.label == "blue"}) == 1
    assert data_sha256(after) != data_sha256(before)
    augment_folder(photographs, tmp_path / "out", CopyPlan(OfflineAugmentation(), copies=1))
    kept, _ = hash_files(find_photographs(tmp_path / "out"))
    assert [file for file in kept if not file.copy_of] == after


def test_intervals_are_over_groups() -> None:
    probabilities = np.tile(np.array([[0.9, 0.1]], np.float32), (100, 1))
    targets = np.array([0] * 90 + [1] * 10)
    alone = evaluate_probabilities(probabilities, targets, 2, "photographs")
    grouped = evaluate_probabilities(probabilities, targets, 2, "photographs", [str(n // 10) for n in range(100)])
    ten = MeasuredAccuracy.from_counts(9, 10, "photographs")
    assert (grouped.accuracy.low, grouped.accuracy.high) == pytest.approx((ten.low, ten.high))
    assert (alone.accuracy.low, alone.accuracy.high) == pytest.approx((0.8256, 0.9448), abs=1e-4)
    assert (alone.photographs, grouped.photographs) == ("100 photographs", "100 photographs in 10 groups")
    assert grouped.to_json()["groups"] == 10


def test_one_large_group_counts_for_little() -> None:
    assert independent_photographs(["a"] * 990 + list("0123456789")) == pytest.approx(1000**2 / (990**2 + 10))
    assert independent_photographs(map(str, range(50))) == 50


def test_three_to_one_is_still_equal() -> None:
    def of(*counts: int) -> dict[str, dict[Split, int]]:
        return {str(place): {"train": count, "validation": 0, "test": 0} for place, count in enumerate(counts)}

    assert not are_unequal(of(30, 10))
    assert are_unequal(of(31, 10))
    assert are_unequal(of(1, 0))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained on 60 red, 60 blue and one green picture; all that it printed is in `printed.txt`."""
    root = tmp_path_factory.mktemp("unequal")
    write(root / "photos", red=60, blue=60, green=1)
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: lines.append(" ".join(map(str, words))))
        words = [str(root / "photos"), "--recipe", "tiny", "--epochs", "2", "--class-weights", "balanced"]
        assert main([*words, "--out", str(root / "run")]) == 0
    (root / "printed.txt").write_text("\n".join(lines))
    return root / "run"


def test_console_report_and_metrics_name_the_class_that_was_not_measured(run: Path) -> None:
    printed = (run.parent / "printed.txt").read_text()
    assert "not measured: green (no test photographs); add some, two are the least" in printed
    assert "no validation photographs of green; add some, three are the least" in printed
    metrics = json.loads((run / "metrics.json").read_text())["test"]
    assert f"balanced accuracy {metrics['balanced_accuracy']:.1%}, the mean over the classes" in printed
    page = (run / "report.html").read_text()
    assert f"run: {metrics['accuracy']:.1%} test accuracy (not measured: green)" in page
    assert "balanced accuracy (mean over the classes)" in page
    settings = json.loads((run / "run.json").read_text())
    assert settings["data"]["classes"]["green"] == {"train": 1, "validation": 0, "test": 0}
    assert settings["recipe"]["class_weights"] == "balanced"


def test_a_device_that_has_the_models_cuts_finds_its_test_photographs_whatever_was_added(run: Path) -> None:
    photographs, cuts = run.parent / "photos", read_trained_run(run).cuts()
    recorded = {file.path: file.split for file in read_trained_run(run).recorded_files()}
    tested = {path for path, split in recorded.items() if split == "test"}
    assert len(tested) == 30

    def chosen() -> set[str]:
        files = choose_photographs(photographs, False, cuts).files
        return {path.relative_to(photographs).as_posix() for path, _ in files}

    assert chosen() == tested
    write(photographs, first=60, red=200, green=20)
    assert chosen() & set(recorded) == tested
    assert main_of_convert([str(run), "--recipes", "float32", "--out", str(run.parent / "models")]) == 0
    (model,) = (run.parent / "models").glob("*.tflite")
    assert read_own_card(model).cuts == cuts
    kept, left_out = recorded_photographs(read_finished_run(run))
    assert (len(kept), left_out) == (121, [])
