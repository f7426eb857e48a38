"""Promises of `fieldlens explain`: a picture and numbers for every picture, whole or not at all, nothing replaced."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.__main__ import main
from edge_app.explain import JSON_NAME
from edge_app.model.occlusion import CELLS, LIMITS
from tests.models import COLOURS, FOLDER

MODEL = str(FOLDER / "strangers" / "symmetric.tflite")


@pytest.fixture
def labels(tmp_path: Path) -> list[str]:
    (tmp_path / "colours.txt").write_text("\n".join(COLOURS))
    return ["--labels", str(tmp_path / "colours.txt"), "--threads", "1"]


def picture(path: Path, bgr: tuple[int, int, int] = (255, 0, 0), size: tuple[int, int] = (120, 160)) -> str:
    """A square of a colour in the lower left of a grey picture."""
    image = np.full((*size, 3), 100, np.uint8)
    image[size[0] // 2 :, : size[1] // 2] = bgr
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)
    return str(path)


def test_every_picture_becomes_a_picture_a_line_and_a_map(
    tmp_path: Path, labels: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = picture(tmp_path / "in" / "a.png"), picture(tmp_path / "in" / "b.png", (0, 0, 255))
    out = tmp_path / "why"
    assert main(["explain", MODEL, first, second, *labels, "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["a.explained.jpg", "b.explained.jpg", JSON_NAME]
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0].startswith(f"{first}: blue ")
    assert lines[1].startswith(f"{second}: red ")
    assert all("largest drop of the log-odds is " in line for line in lines[:2])
    assert lines[2] == LIMITS
    assert "assumed: " in told.err
    content = json.loads((out / JSON_NAME).read_text())
    assert content["model"] == MODEL
    assert content["method"]["limits"] == LIMITS
    for record, path, label in zip(content["pictures"], (first, second), ("blue", "red"), strict=True):
        assert (record["picture"], record["answer"], record["label"]) == (path, label, label)
        drops, cells = np.array(record["drops"]), np.array(record["map"])
        assert drops.shape == cells.shape == (CELLS, CELLS)
        assert drops.max() == record["largest_drop"] > 0.25
        assert cells[4:, :3].min() > 0.0 > cells[:3].max()  # the lower left, and not the upper half
        assert record["sentences"][0] in lines[0] + lines[1]
        assert not record["nothing_matters"]
        drawn = cv2.imread(str(out / record["explained"]))
        assert drawn is not None
        assert drawn.shape[1] > 2 * 480  # the photograph beside its heat


def test_a_folder_with_broken_pictures_and_twice_the_same_name(
    tmp_path: Path, labels: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    picture(tmp_path / "in" / "a.png")
    picture(tmp_path / "in" / "deeper" / "a.png")
    (tmp_path / "in" / "broken.jpg").write_bytes(b"no picture")
    out = tmp_path / "why"
    assert main(["explain", MODEL, str(tmp_path / "in"), *labels, "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["a-2.explained.jpg", "a.explained.jpg", JSON_NAME]
    told = capsys.readouterr()
    assert "left out: `" in told.err
    assert "2 pictures" in told.out


def test_what_is_there_stays_unless_it_is_an_older_result(
    tmp_path: Path, labels: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, words = tmp_path / "why", ["explain", MODEL, picture(tmp_path / "in" / "a.png"), *labels]
    words += ["--out", str(out)]
    assert main(words) == 0
    before = (out / JSON_NAME).read_bytes()
    assert main(words) == 1
    assert "exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0
    assert (out / JSON_NAME).read_bytes() == before
    assert main([*words[:-1], str(tmp_path / "in"), "--overwrite"]) == 1
    assert "is read; choose a name beside it" in capsys.readouterr().err
    other = tmp_path / "other"
    picture(other / "precious.png")
    assert main([*words[:-1], str(other), "--overwrite"]) == 1
    assert "did not make" in capsys.readouterr().err
    assert [path.name for path in other.iterdir()] == ["precious.png"]


def test_a_fault_in_the_middle_leaves_nothing(
    tmp_path: Path, labels: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", MODEL, picture(tmp_path / "in" / "a.png"), picture(tmp_path / "in" / "b.png"), *labels]

    def full_disk(name: str, taken: dict[str, object]) -> str:
        if taken:
            raise OSError(28, "No space left on device")
        return f"{name}.explained.jpg"

    monkeypatch.setattr("edge_app.explain._free_name", full_disk)
    assert main([*words, "--out", str(tmp_path / "why")]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["colours.txt", "in"]


def test_without_a_model_the_starter_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = picture(tmp_path / "in" / "a.png")
    for number, words in enumerate([[path], [path, path], [str(tmp_path / "in")]]):
        assert main(["explain", *words, "--threads", "1", "--out", str(tmp_path / f"why-{number}")]) == 0
        told = capsys.readouterr()
        assert "so using the starter" in told.err
        assert "(1 picture, " in told.out  # the same one twice is one


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([MODEL], 2, "no picture to explain with"),
        ([MODEL, "demo"], 1, "`demo` is no picture"),
        ([MODEL, "gone.jpg"], 1, "`gone.jpg` does not exist"),
        ([MODEL, "a.png", "--threads", "0"], 2, "--threads must be at least 1, received 0"),
        (["gone.tflite", "a.png"], 1, "gone.tflite"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(
    words: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert main(["explain", *words]) == code
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("error: ") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
