"""Promises of the accuracy: which photographs are judged on (augmented copies are not), and what is said of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.measure.accuracy.measure import choose_others, choose_photographs, measure_accuracies
from benchmarks.results.json_records import from_json, to_json
from benchmarks.results.latency import LatencyResult
from benchmarks.results.tables import accuracy_tables
from edge_app.common.errors import DataError
from edge_app.demo.drawn_pets import write_drawings
from edge_app.metrics.accuracy import numbered_groups
from edge_app.metrics.confidence import auroc, expected_calibration_error, log_loss
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER
from edge_app.photographs.augmented_manifest import AugmentedCopy, copy_name, format_manifest
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.groups import GroupedFile, marked
from edge_app.photographs.groups import format_manifest as groups_manifest
from edge_app.photographs.splits import sha256_of, split_of
from tests.benchmarks.results.test_result import FILE, RESULT


@pytest.fixture
def augmented(tmp_path: Path) -> Path:
    """Forty files per class, those that train with a copy whose own bytes would put it into the test split."""
    copies = []
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number in range(40):
            origin, content = f"{label}/{number}.jpg", f"{label} {number}".encode()
            (tmp_path / origin).write_bytes(content)
            if split_of(sha256_of(content)) == "train":
                copies.append(AugmentedCopy(copy_name(origin, 1), origin, sha256_of(content), 0, 1, ()))
                (tmp_path / copies[-1].file).write_bytes(content_that_would_test(origin))
    (tmp_path / "augmented.csv").write_bytes(format_manifest(copies))
    return tmp_path


def content_that_would_test(name: str) -> bytes:
    candidates = (f"{name} copy {number}".encode() for number in range(1000))
    return next(content for content in candidates if split_of(sha256_of(content)) == "test")


def test_copies_are_judged_on_neither_in_the_test_split_nor_among_all(augmented: Path) -> None:
    held_out, everything = choose_photographs(augmented, False).files, choose_photographs(augmented, True).files
    assert len(everything) == 80
    assert 10 <= len(held_out) <= 30
    for path, _ in (*held_out, *everything):
        assert ".fieldlens-copy-" not in path.name
    assert all(split_of(sha256_of(path.read_bytes())) == "test" for path, _ in held_out)


def test_a_changed_original_is_refused(augmented: Path) -> None:
    origin = next(augmented.glob("cat/*fieldlens*")).name.removesuffix("-jpg.fieldlens-copy-1.jpg")
    (augmented / "cat" / f"{origin}.jpg").write_bytes(b"saved anew")
    with pytest.raises(DataError, match="has changed since its copies were made"):
        choose_photographs(augmented, False)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty drawn cats and dogs, one broken picture, and five pictures of noise and one dog in `others`."""
    root = tmp_path_factory.mktemp("drawn")
    write_drawings(root / "pets", 20, size=64)
    (root / "pets" / "cat" / "broken.jpg").write_text("text")
    (root / "others").mkdir()
    random = np.random.default_rng(0)
    for number in range(5):
        cv2.imwrite(str(root / "others" / f"{number}.png"), random.integers(0, 256, (64, 64, 3), np.uint8))
    shutil.copyfile(root / "pets" / "dog" / "dog.00000.jpg", root / "others" / "dog.jpg")
    return root


def test_what_is_kept_of_the_scores_says_the_same_as_all_scores(drawn: Path) -> None:
    photographs, others = choose_photographs(drawn / "pets", True), choose_others(drawn / "others", True)
    classifier = Classifier(STARTER, 1)
    steps: list[None] = []
    one, two = measure_accuracies([classifier, classifier], photographs, others, lambda: steps.append(None))
    assert len(steps) == 27  # each picture once, for both files
    assert one == two
    assert one.note == (
        "1 broken photographs left out; 1 of the pictures of anything else left out: the same bytes have a label"
    )
    found = one.judgement
    assert found is not None
    assert found.neither is not None
    assert found.log_loss is not None
    assert found.calibration_error is not None
    whole = [(path, label) for path, label in photographs.files if path.name != "broken.jpg"]
    whole.sort(key=lambda file: sha256_of(file[0].read_bytes()))
    targets = np.array([classifier.card.labels.index(label) for _, label in whole])
    scores = np.array([classifier.scores(read_photograph(path)) for path, _ in whole])
    noise = np.array([classifier.scores(read_photograph(path)).max() for path in others.files if path.suffix == ".png"])
    threshold = classifier.card.neither_threshold
    assert threshold is not None
    assert found.right().tolist() == (scores.argmax(axis=1) == targets).tolist()
    assert found.log_loss.value == pytest.approx(log_loss(scores, targets))
    assert found.calibration_error.value == pytest.approx(expected_calibration_error(scores, targets))
    assert found.neither.auroc.value == auroc(scores.max(axis=1), noise)
    assert found.neither.accepted == np.count_nonzero(scores.max(axis=1) >= threshold)
    assert found.neither.rejected == np.count_nonzero(noise < threshold)
    assert [(one.label, one.photographs) for one in found.classes] == [("cat", 10), ("dog", 10)]


def test_files_that_know_other_labels_are_told_apart_from_those_that_fit(drawn: Path) -> None:
    fits, other = Classifier(STARTER, 1), Classifier(STARTER, 1, labels=("rose", "tulip"))
    judged = measure_accuracies([other, fits], choose_photographs(drawn / "pets", True))
    assert judged[0].judgement is None
    assert judged[0].note == "the photographs show cat, dog; the model knows rose, tulip"
    assert judged[1].judgement is not None
    assert judged[1].judgement.neither is None


def test_the_tables_name_every_file_class_and_comparison(drawn: Path) -> None:
    photographs, others = choose_photographs(drawn / "pets", True), choose_others(drawn / "others", True)
    (judged,) = measure_accuracies([Classifier(STARTER, 1)], photographs, others)
    files = tuple(replace(FILE, file=name, judgement=judged.judgement) for name in ("a.tflite", "b.tflite"))
    result = replace(RESULT, files=files)
    told = accuracy_tables(result)
    assert "20 photographs, all of pets; others: 5, all of others" in told
    assert "`neither` AUROC" in told
    assert "| dog " in told
    assert "against a.tflite" in told
    assert accuracy_tables(RESULT) == ""
    assert from_json(LatencyResult, to_json(result)).files[1].judgement == judged.judgement


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere", "does not exist"), ("file", "is a file"), ("empty", "no pictures")]
)
def test_a_folder_of_nothing_else_is_one_sentence(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=f"{said}.*; give a folder with pictures of anything else"):
        choose_others(tmp_path / name, False)


def test_neither_without_photographs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--neither", "flowers"]) == 2
    assert "--neither needs --photos DIR too" in capsys.readouterr().err


def test_a_model_trained_on_all_its_photographs_has_no_test_split_there(drawn: Path) -> None:
    classifier = Classifier(STARTER)
    accuracy = replace(classifier.card.accuracy, data="5-fold cross-validation on 40 photographs of pets")
    taught = Classifier(STARTER, card=replace(classifier.card, accuracy=accuracy))
    held_out, everything = (choose_photographs(drawn / "pets", all_) for all_ in (False, True))
    on_test, on_all = (measure_accuracies([classifier, taught], photographs) for photographs in (held_out, everything))
    assert [one.judgement is not None for one in (*on_test, *on_all)] == [True, False, True, True]
    assert on_test[1].note == (
        "it was trained on all of its photographs (5-fold cross-validation on 40 photographs of pets), so none of them "
        "can test it; give a folder that it never saw, and --all-photos"
    )


def test_what_the_folder_says_of_groups_counts(drawn: Path, tmp_path: Path) -> None:
    pets, others = (Path(shutil.copytree(drawn / name, tmp_path / name)) for name in ("pets", "others"))
    for path in others.glob("?.png"):
        path.write_bytes(marked(path.read_bytes(), "garden"))
    everything, anything_else = choose_photographs(pets, True), choose_others(others, True)
    classifier = Classifier(STARTER, 1)
    (alone,) = measure_accuracies([classifier], everything, anything_else)
    hashes = {path: sha256_of(path.read_bytes()) for path, _ in everything.files if path.name != "broken.jpg"}
    leaders = dict(zip(hashes, (value for value in list(hashes.values())[::5] for _ in range(5)), strict=True))
    rows = [GroupedFile(str(path.relative_to(pets)), hashes[path], leaders[path]) for path in hashes]
    (pets / "groups.csv").write_bytes(groups_manifest(rows))
    (grouped,) = measure_accuracies([classifier], everything, anything_else)
    before, after = alone.judgement, grouped.judgement
    assert before is not None
    assert after is not None
    assert before.groups == ()
    in_order = sorted(hashes, key=hashes.__getitem__)
    assert after.groups == numbered_groups(leaders[path] for path in in_order)
    assert after.shown == "20 photographs in 4 groups"
    assert [one.independent for one in after.classes] == [2.0, 2.0]
    assert after.accuracy.top1 == before.accuracy.top1
    assert after.accuracy.low < before.accuracy.low
    assert after.neither is not None
    assert after.neither.others_independent == 1.0
    assert after.neither.accepted_independent is not None
    assert after.neither.accepted_independent <= 4.0
    assert (after.right_bits, after.photographs_sha256) == (before.right_bits, before.photographs_sha256)
    assert after.log_loss is not None
    assert before.log_loss is not None
    assert after.log_loss.value == before.log_loss.value
    assert after.log_loss != before.log_loss
