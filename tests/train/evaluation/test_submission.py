"""Promises of `fieldlens train submit`: Kaggle's format, the run's preprocessing, and nothing guessed in silence."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.photographs.folders import find_photographs
from tests.conftest import Chain
from tests.train.made_runs import make_run
from train.__main__ import main
from train.data.loading import hash_files
from train.evaluation.submission import clip_probabilities, format_submission


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pets")


def write_red(folder: Path, **reds: int) -> Path:
    """Pictures of one colour: `n12=51` becomes 12.png, which the run takes for a dog with 51/255 = 0.2."""
    folder.mkdir(exist_ok=True)
    for name, red in reds.items():
        image = np.full((20, 30, 3), (255, 255, red), np.uint8)  # BGR: blue and green must not count
        assert cv2.imwrite(str(folder / f"{name.removeprefix('n')}.png"), image)
    return folder


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 1) -> str:
    assert main(["submit", *map(str, words)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    return lines[0]


def test_rows_are_sorted_by_number_and_hold_the_clipped_probability_of_a_dog(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = write_red(tmp_path / "test", n10=51, n9=255, n100=0, n2=204)
    (tests / "readme.txt").write_text("no picture")
    shutil.copy(tests / "2.png", tests / "cat.7.png")
    (tests / "11.jpg").write_text("broken")
    out = tmp_path / "submission.csv"
    assert main(["submit", str(run), str(tests), "--out", str(out)]) == 0
    assert out.read_text() == ("id,label\n2,0.800000\n9,0.995000\n10,0.200000\n11,0.500000\n100,0.005000\n")
    told = capsys.readouterr().out
    assert "1 broken photographs got 0.5:\n" in told
    assert "11.jpg` is not a picture that OpenCV can read" in told
    assert "not named by a number, so ignored: 1, the first: cat.7.png" in told
    assert "5 photographs, probability of `dog`, 2 clipped" in told


@pytest.mark.parametrize(
    ("labels", "words", "value"),
    [
        (("cat", "dog"), ("--positive", "cat"), "0.800000"),
        (("Cat", "Dog"), (), "0.200000"),
        (("dog", "wolf"), (), "0.800000"),  # `dog` is first here, and still what the competition asks for
        (("apple", "pear"), (), "0.200000"),
    ],
)
def test_the_positive_class_is_dog_or_the_second_or_the_chosen_one(
    labels: tuple[str, str], words: tuple[str, ...], value: str, run: Path, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "run")
    settings = json.loads((run / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**settings, "labels": labels}))
    out = tmp_path / "s.csv"
    tests = write_red(tmp_path / "test", n1=51)
    assert main(["submit", str(tmp_path / "run"), str(tests), "--out", str(out), *words]) == 0
    assert out.read_text() == f"id,label\n1,{value}\n"


def test_what_cannot_be_used_is_one_sentence_and_the_older_table_stays(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests, out = write_red(tmp_path / "test", n1=51), tmp_path / "s.csv"
    assert "is not a folder" in refusal(capsys, run, tmp_path / "nowhere", "--out", out)
    assert "does not exist; give a folder made by" in refusal(capsys, tmp_path / "no run", tests, "--out", out)
    assert "is not a run folder (no run.json)" in refusal(capsys, tests, tests, "--out", out)
    assert "below 0.5, received 0.5; try 0.005" in refusal(capsys, run, tests, "--out", out, "--clip", "0.5", code=2)
    assert "below 0.5, received nan" in refusal(capsys, run, tests, "--out", out, "--clip", "nan", code=2)
    assert "has no label `cow`; choose cat or dog" in refusal(
        capsys, run, tests, "--out", out, "--positive", "cow", code=2
    )
    named = write_red(tmp_path / "named", rose=1)
    assert "contains no picture named by number" in refusal(capsys, run, named, "--out", out)
    shutil.copy(tests / "1.png", tests / "01.png")
    assert "has number 1 twice: 01.png and 1.png; delete one" in refusal(capsys, run, tests, "--out", out)
    out.write_text("precious")
    assert "exists already" in refusal(capsys, run, tests, "--out", out)
    assert out.read_text() == "precious"


def test_a_run_of_three_classes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    three = make_run(tmp_path / "three", ("cat", "cow", "dog"))
    sentence = refusal(capsys, three, write_red(tmp_path / "test", n1=1), "--out", tmp_path / "s.csv")
    assert "has 3 labels (cat, cow, dog) and a submission needs two" in sentence


def test_a_damaged_run_is_one_sentence(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = write_red(tmp_path / "test", n1=1)
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "saved_model" / "saved_model.pb").write_bytes(b"no graph")
    assert "cannot be loaded" in refusal(capsys, tmp_path / "run", tests, "--out", tmp_path / "s.csv")
    for content, sentence in (("{", "cannot be read"), ("{}", "schema version None"), ("[]", "is not a JSON object")):
        (tmp_path / "run" / "run.json").write_text(content)
        assert sentence in refusal(capsys, tmp_path / "run", tests, "--out", tmp_path / "s.csv")
    settings = json.loads((run / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**settings, "input_size": "large"}))
    assert "is damaged" in refusal(capsys, tmp_path / "run", tests, "--out", tmp_path / "s.csv")


@given(st.lists(st.floats(0.0, 1.0), min_size=1), st.floats(0.0, 0.49))
def test_a_clip_bounds_the_cost_of_a_mistake_and_changes_nothing_within(scores: list[float], clip: float) -> None:
    clipped = clip_probabilities(np.array(scores), clip)
    assert clipped.min() >= clip
    assert clipped.max() <= 1.0 - clip
    for before, after in zip(scores, clipped, strict=True):
        if clip < before < 1.0 - clip:
            assert after == before
    if clip > 0.0:
        assert max(-np.log(clipped).min(), -np.log(clipped).max()) <= -math.log(clip) + 1e-9


def test_the_format_is_kaggles() -> None:
    assert format_submission([1, 2, 12500], [0.005, 0.5, 0.995]) == (
        "id,label\n1,0.005000\n2,0.500000\n12500,0.995000\n"
    )


def test_a_trained_run_tells_drawn_dogs_from_drawn_cats(chain: Chain, tmp_path: Path) -> None:
    """Held-out drawings under numbers: the table is as good as the run's own test accuracy says."""
    files = [file for file in hash_files(find_photographs(chain.drawings))[0] if file.split == "test"]
    tests = tmp_path / "test"
    tests.mkdir()
    held_out = [
        file for file in files if cv2.imread(str(chain.drawings / file.path)) is not None and "half" not in file.path
    ]
    for number, file in enumerate(held_out, 1):
        shutil.copy(chain.drawings / file.path, tests / f"{number}.jpg")
    out = tmp_path / "s.csv"
    assert main(["submit", str(chain.run), str(tests), "--out", str(out)]) == 0
    scores = [float(line.split(",")[1]) for line in out.read_text().splitlines()[1:]]
    right = sum((score > 0.5) == (file.label == "dog") for score, file in zip(scores, held_out, strict=True))
    metrics = json.loads((chain.run / "metrics.json").read_text())["test"]
    assert len(held_out) == metrics["photographs"]
    assert right == metrics["correct"]


def write_sample(path: Path, *ids: int, header: str = "id,label") -> Path:
    path.write_text("\r\n".join([header, *(f"{number},0.5" for number in ids)]) + "\r\n")
    return path


def test_a_table_has_the_header_and_ids_of_the_sample_beside_the_tests(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests, out = write_red(tmp_path / "test", n1=51, n2=204), tmp_path / "s.csv"
    sample = write_sample(tmp_path / "sample_submission.csv", 2, 1)
    assert main(["submit", str(run), str(tests), "--out", str(out)]) == 0
    assert f"checked header and ids are those of {sample}" in capsys.readouterr().out
    rows = [line.split(",")[0] for line in out.read_text().splitlines()]
    assert sorted(rows) == sorted(line.split(",")[0] for line in sample.read_text().split())


@pytest.mark.parametrize(
    ("ids", "header", "sentence"),
    [
        ((1, 2, 3, 4), "id,label", "2 (3, 4) missing, none too many"),
        ((1,), "id,label", "none missing, 1 (2) too many"),
        ((1, 2), "id,cat,dog", "has the columns id,cat,dog and a submission of two classes has id,label"),
        ((), "", "has the columns  and a submission"),
    ],
)
def test_another_sample_is_refused_before_anything_is_predicted(
    ids: tuple[int, ...], header: str, sentence: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests, out = write_red(tmp_path / "test", n1=51, n2=204), tmp_path / "s.csv"
    write_sample(tests / "sampleSubmission.csv", *ids, header=header)
    assert sentence in refusal(capsys, run, tests, "--out", out)
    assert not out.exists()
    assert main(["submit", str(run), str(tests), "--out", str(out), "--sample", "none"]) == 0


def test_a_sample_that_is_no_table_is_one_sentence(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests, out = write_red(tmp_path / "test", n1=51), tmp_path / "s.csv"
    (tmp_path / "other.csv").write_text("id,label\none,0.5\n")
    assert "is not a sample submission" in refusal(capsys, run, tests, "--out", out, "--sample", tmp_path / "other.csv")
    assert "is not a sample submission" in refusal(capsys, run, tests, "--out", out, "--sample", tmp_path / "no.csv")
