"""Promises of `fieldlens train screen`: each kind of fault is found, named and left where it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.model.run_folder import read_trained_run
from edge_app.photographs.decoder import Image
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import sha256_of, split_of
from tests.pictures import photograph, write_photographs
from tests.train.made_runs import make_run
from train.__main__ import PROGRAM, main
from train.data.inspection import kind_by_content, kind_by_extension
from train.evaluation.submission import DEFAULT_CLIP
from train.models.trained_run import load_predictor
from train.screening.screening import SMALLEST_SIDE, Screening, screen


def write(path: Path, image: Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)
    return path


def in_split(image: Image, split: str) -> bytes:
    """A PNG whose bytes fall into a split: the first compression and last pixel that do."""
    for last in range(256):
        image = image.copy()
        image[-1, -1] = last
        encoded = bytes(cv2.imencode(".png", image)[1].tobytes())
        if split_of(sha256_of(encoded)) == split:
            return encoded
    raise AssertionError(split)


@pytest.fixture(scope="module")
def photographs() -> list[Image]:
    return [photograph(number) for number in range(14)]


@pytest.fixture(scope="module")
def faulty(photographs: list[Image], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten drawn photographs, and one of each fault."""
    root = tmp_path_factory.mktemp("screening") / "pets"
    for number, image in enumerate(photographs[:10]):
        write(root / ("cat" if number < 5 else "dog") / f"{number}.jpg", image)
    third, fourth = photographs[2:4]
    shutil.copy(root / "cat" / "0.jpg", root / "cat" / "copy.jpg")
    shutil.copy(root / "cat" / "1.jpg", root / "dog" / "copy of a cat.jpg")
    (root / "cat" / "train.png").write_bytes(in_split(cv2.resize(third, (120, 90)), "train"))
    (root / "cat" / "test.png").write_bytes(in_split(cv2.resize(third, (130, 91)), "test"))
    write(root / "dog" / "mirrored.jpg", np.ascontiguousarray(fourth[:, ::-1]))
    (root / "dog" / "half.jpg").write_bytes((root / "dog" / "5.jpg").read_bytes()[:5000])
    (root / "dog" / "empty.jpg").write_bytes(b"")
    write(root / "dog" / "really.png", photographs[10]).rename(root / "dog" / "really a png.jpg")
    write(root / "cat" / "small.png", cv2.resize(photographs[11], (80, 40)))
    write(root / "cat" / "long.png", cv2.resize(photographs[12], (601, 200)))
    write(root / "dog" / "blank 1.png", np.full((99, 99, 3), 200, np.uint8))
    write(root / "dog" / "blank 2.png", np.full((99, 99, 3), 201, np.uint8))
    return root


@pytest.fixture(scope="module")
def found(faulty: Path) -> Screening:
    return screen(find_photographs(faulty))


def test_corrupt_files_are_named_with_their_reason(found: Screening) -> None:
    reasons = {flagged.file.path: flagged.reason for flagged in found.corrupt}
    assert set(reasons) == {"dog/half.jpg", "dog/empty.jpg"}
    assert "is cut short (5,000 bytes" in reasons["dog/half.jpg"]
    assert "is empty (0 bytes)" in reasons["dog/empty.jpg"]
    assert len(found.files) == len(found.folder.files) - 2


def test_a_png_named_jpg_is_a_wrong_extension(found: Screening) -> None:
    assert [(one.file.path, one.reason) for one in found.misnamed] == [("dog/really a png.jpg", "PNG named .jpg")]


def test_exact_copies_are_groups_and_those_with_two_labels_contradict(found: Screening) -> None:
    assert [[file.path for file in group] for group in found.copies] == [
        ["cat/0.jpg", "cat/copy.jpg"],
        ["cat/1.jpg", "dog/copy of a cat.jpg"],
    ]
    assert found.redundant_copies == 2
    assert found.conflicting_copies == (found.copies[1],)


def test_near_copies_are_pairs_with_what_is_wrong_about_them(found: Screening) -> None:
    pairs = {(pair.first.path, pair.second.path): pair for pair in found.near}
    assert set(pairs) == {
        ("cat/2.jpg", "cat/train.png"),
        ("cat/2.jpg", "cat/test.png"),
        ("cat/test.png", "cat/train.png"),
        ("cat/3.jpg", "dog/mirrored.jpg"),
    }
    assert pairs["cat/test.png", "cat/train.png"].crosses_splits
    assert found.conflicting_pairs == (pairs["cat/3.jpg", "dog/mirrored.jpg"],)
    assert [pair.mirrored for pair in found.near] == [pair.second.path == "dog/mirrored.jpg" for pair in found.near]
    assert set(found.across_splits) == {pair for pair in found.near if pair.first.split != pair.second.split}


def test_tiny_elongated_and_blank_pictures_are_named(found: Screening) -> None:
    assert [(one.file.path, one.reason) for one in found.tiny] == [("cat/small.png", "80×40 pixels")]
    assert [one.file.path for one in found.elongated] == ["cat/long.png"]
    assert [(one.file.path, one.reason) for one in found.blank] == [
        ("dog/blank 1.png", "contrast 0.0 of 255"),
        ("dog/blank 2.png", "contrast 0.0 of 255"),
    ]


def test_the_smallest_side_is_the_users(faulty: Path) -> None:
    assert screen(find_photographs(faulty), smallest_side=40).tiny == ()


def test_summary_rows_advise_only_where_something_was_found(found: Screening) -> None:
    rows = {what: (count, advice) for what, count, advice in found.summary_rows()}
    assert rows["corrupt files"] == ("2", "training skips them: replace or delete them")
    assert rows["near duplicates"] == ("4", "keep one of each pair")
    assert rows["duplicates with conflicting labels"] == ("2", "keep the copy with the correct label")
    assert rows["likely label errors"] == ("not checked", "add --run RUN: a trained model finds them")
    assert rows["class imbalance (largest : smallest)"] == ("1.00", "")  # 10 and 10 that can be decoded


def test_good_photographs_are_given_no_advice(tmp_path: Path) -> None:
    rows = screen(find_photographs(write_photographs(tmp_path / "pets", 60))).summary_rows()
    assert [row[0] for row in rows if row[2]] == ["likely label errors"]
    assert all(row[1] == "0" for row in rows[:-2])


def test_an_unbalanced_folder_is_told(photographs: list[Image], tmp_path: Path) -> None:
    for number, image in enumerate(photographs[:5]):
        write(tmp_path / ("cat" if number < 4 else "dog") / f"{number}.jpg", image)
    row = screen(find_photographs(tmp_path)).summary_rows()[-1]
    assert row == ("class imbalance (largest : smallest)", "4.00", "add photographs of the smaller classes")


def red(value: int) -> Image:
    """A picture with structure that the run of `make_run` takes for a dog with about value / 255."""
    image = np.random.default_rng(value).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    image[..., 2] = value
    return image


@pytest.fixture(scope="module")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("coloured") / "pets"
    for label, name, value in (
        ("cat", "right", 10), ("cat", "unsure", 200), ("cat", "wrong", 250), ("dog", "right", 240), ("dog", "wrong", 0),
    ):  # fmt: skip
        write(root / label / f"{name}.png", red(value))
    return root


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pets")


def test_a_model_points_at_labels_that_it_is_sure_are_others(coloured: Path, run: Path) -> None:
    judge = read_trained_run(run)
    found = screen(find_photographs(coloured), judge, load_predictor(judge))
    assert found.label_issues is not None
    assert [(issue.file.path, issue.predicted) for issue in found.label_issues] == [
        ("dog/wrong.png", "cat"),
        ("cat/wrong.png", "dog"),
    ]
    assert [issue.probability for issue in found.label_issues] == pytest.approx([1.0, 250 / 255])
    assert found.judge == str(run)


def test_the_command_line_writes_both_reports_and_changes_no_photograph(
    coloured: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in coloured.rglob("*.png")}
    out = tmp_path / "screening"
    assert main(["screen", str(coloured), "--out", str(out), "--run", str(run)]) == 0
    told = capsys.readouterr().out
    row = [line for line in told.splitlines() if "likely label errors" in line]
    assert [cell.strip() for cell in row[0].split("|")[2:4]] == ["2", "check each one: the model can be wrong"]
    assert f"report  {out / 'screening.html'}" in told
    assert {path: path.read_bytes() for path in coloured.rglob("*.png")} == before
    content = json.loads((out / "screening.json").read_text())
    assert [item["path"] for item in content["likely_wrong_labels"]] == ["dog/wrong.png", "cat/wrong.png"]
    assert content["judge"] == str(run)
    page = (out / "screening.html").read_text()
    assert "predicted cat, 100.0%" in page
    assert page.count("data:image/jpeg;base64,") == 2
    assert "http" not in page
    assert main(["screen", str(coloured), "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_the_page_shows_where_the_model_sees_the_other_label(coloured: Path, tmp_path: Path) -> None:
    import tf_keras as keras

    from train.models.head import HEAD_LAYER

    run = make_run(tmp_path / "run")
    size = read_trained_run(run).input_size
    pictures = keras.Input((size.height, size.width, 3))
    maps = keras.layers.Conv2D(4, 3, activation="relu", padding="same")(pictures)
    pooled = keras.layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(pictures, keras.layers.Dense(2, activation="softmax", name=HEAD_LAYER)(pooled))
    with pytest.warns(UserWarning, match="HDF5"):
        model.save(str(run / "model.h5"))
    assert main(["screen", str(coloured), "--out", str(tmp_path / "out"), "--run", str(run)]) == 0
    page = (tmp_path / "out" / "screening.html").read_text()
    assert page.count("<figure>") == 2
    assert page.count("data:image/jpeg;base64,") == 2 * 2, "each beside the same picture with heat"
    assert "The heat shows which places speak for the predicted class" in page


def test_a_model_that_saw_all_photographs_is_no_stranger_to_them(
    coloured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "few")
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "validation": {"way": "folds"}}))
    assert main(["screen", str(coloured), "--run", str(run), "--out", str(tmp_path / "out")]) == 0
    told = f"{run} was trained on all of its photographs, so it may have memorized wrong labels. Its own report.html"
    assert f"note: {told}" in capsys.readouterr().out
    assert told in (tmp_path / "out" / "screening.html").read_text()


def test_the_page_shows_pairs_side_by_side_and_names_what_cannot_be_shown(
    faulty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["screen", str(faulty), "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "screening.html").read_text()
    assert page.count("<figure>") == 2 + 4 + 5  # groups of copies, near pairs, flagged files that can be decoded
    assert page.count("data:image/jpeg;base64,") == 2 + 2 * 4 + 5
    assert "conflicting labels, across splits, mirrored" in page or "conflicting labels, mirrored" in page
    assert "dog/empty.jpg` is empty (0 bytes); replace or delete it" in page
    content = json.loads((tmp_path / "out" / "screening.json").read_text())
    assert content["files"] == 22
    assert [len(content[name]) for name in ("corrupt", "misnamed", "tiny", "elongated", "blank")] == [2, 1, 1, 1, 2]
    assert len(content["near"]) == 4


def test_the_defaults_of_the_command_lines_are_those_of_the_library() -> None:
    assert PROGRAM.parse(["screen", "photos"])[1].smallest == SMALLEST_SIDE
    assert PROGRAM.parse(["submit", "run", "test"])[1].clip == DEFAULT_CLIP


def test_a_run_of_other_classes_cannot_judge(
    coloured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers = make_run(tmp_path / "flowers", ("daisy", "rose"))
    assert main(["screen", str(coloured), "--out", str(tmp_path / "out"), "--run", str(flowers)]) == 1
    assert "was trained on daisy, rose and cannot check `cat`" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".jpg", "JPEG"), (".png", "PNG"), (".bmp", "BMP"), (".webp", "WebP"), (".tiff", "TIFF"), (".ppm", "PNM")],
)
def test_what_opencv_writes_has_the_kind_of_its_extension(suffix: str, kind: str) -> None:
    encoded = cv2.imencode(suffix, np.zeros((9, 9, 3), np.uint8))[1].tobytes()
    assert kind_by_content(encoded) == kind_by_extension(f"a/b{suffix.upper()}") == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", ""),
        (b"P", ""),
        (b"text", ""),
        (b"GIF89a", "GIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
    ],
)
def test_other_kinds_are_told_by_their_first_bytes(content: bytes, kind: str) -> None:
    assert kind_by_content(content) == kind
