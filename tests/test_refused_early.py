"""What can be refused without TensorFlow is refused without it: nobody waits five seconds for `does not exist`."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.model.starter import STARTER

ROOT = Path(__file__).parent.parent

# Runs many command lines in one fresh process and says how each ended. TensorFlow can be found there, and ends the
# command that imports it.
RUN_ALL = """
import contextlib, importlib, importlib.abc, importlib.machinery, io, json, sys

class Guard(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "tensorflow" else None

    def exec_module(self, module):
        raise SystemExit("TensorFlow was imported")

sys.meta_path.insert(0, Guard())
ended = []
for program, words in json.load(sys.stdin):
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = importlib.import_module(f"{program}.__main__").main(words)
        except SystemExit as end:
            code = end.code
    ended.append([code, told.getvalue()])
json.dump(ended, sys.stdout)
"""

COMMANDS = [
    ("train", ["nowhere", "--out", "new"], "`nowhere` does not exist; give a folder of photographs"),
    ("train", ["photos.zip", "--out", "new"], "has no labels: none of its 1 pictures"),
    ("train", ["empty", "--out", "new"], "`empty` holds no pictures"),
    ("train", ["photos/cat", "--out", "new"], "has no labels"),
    ("train", ["photos", "--out", "full"], "`full` exists already"),
    ("train", ["photos", "--out", "new", "--teacher", "empty"], "`empty` is not a run folder"),
    ("train", ["photos", "--out", "new", "--neither", "nowhere"], "`nowhere` does not exist"),
    ("train", ["photos", "--recipe", "mobilnet_v2"], "did you mean mobilenet_v2?"),
    ("train", ["compress", "nowhere", "--method", "qat"], "`nowhere` does not exist"),
    ("train", ["compress", "empty", "--method", "qat"], "`empty` is not a run folder"),
    ("train", ["compress", "photos.zip", "--method", "qat"], "`photos.zip` is not a run folder"),
    ("train", ["compress", "run", "--method", "qat", "--out", "full"], "`full` exists already"),
    ("train", ["compress", "run", "--method", "quat"], "did you mean qat?"),
    ("train", ["augment", "nowhere", "new"], "`nowhere` does not exist"),
    ("train", ["augment", "photos.zip", "new"], "has no labels: none of its 1 pictures"),
    ("train", ["augment", "empty", "new"], "`empty` holds no pictures"),
    ("train", ["augment", "photos", "full"], "`full` exists already"),
    ("train", ["screen", "nowhere"], "`nowhere` does not exist"),
    ("train", ["screen", "photos.zip"], "has no labels: none of its 1 pictures"),
    ("train", ["screen", "empty"], "`empty` holds no pictures"),
    ("train", ["screen", "photos", "--out", "full"], "`full` exists already"),
    ("train", ["screen", "photos", "--out", "new", "--run", "empty"], "`empty` is not a run folder"),
    ("train", ["submit", "nowhere", "photos"], "`nowhere` does not exist"),
    ("train", ["submit", "empty", "photos"], "`empty` is not a run folder"),
    ("train", ["submit", "run", "photos", "--out", "full/precious.txt"], "`full/precious.txt` exists already"),
    ("convert", ["nowhere"], "`nowhere` does not exist"),
    ("convert", ["photos.zip"], "`photos.zip` is not a run folder"),
    ("convert", ["empty"], "`empty` is not a run folder"),
    ("convert", ["./run", "--out", "full"], "`full` exists already"),
    ("convert", ["web", "nowhere"], "`nowhere` does not exist"),
    ("convert", ["web", "photos.zip"], "`photos.zip` is a file"),
    ("convert", ["web", "empty"], "holds no conversion.json and no run.json"),
    ("convert", ["backbone", "nowhere"], "`nowhere` does not exist"),
    ("convert", ["backbone", "empty"], "`empty` is not a run folder"),
    ("convert", ["backbone", "photos.zip"], "`photos.zip` is not a run folder"),
    ("convert", ["doctor", "nowhere", "--photos", "photos"], "`nowhere` cannot be read"),
    ("convert", ["doctor", "MODEL", "--photos", "nowhere"], "`nowhere` does not exist"),
    ("convert", ["doctor", "MODEL", "--photos", "photos.zip"], "has no labels: none of its 1 pictures"),
    ("convert", ["doctor", "MODEL", "--photos", "photos", "--out", "full/precious.txt"], "exists already"),
    ("benchmarks", ["nowhere.tflite", "--out", "new"], "`nowhere.tflite` cannot be read"),
    ("benchmarks", ["MODEL", "--photos", "nowhere", "--out", "new"], "`nowhere` does not exist"),
    ("benchmarks", ["MODEL", "--photos", "photos.zip", "--out", "new"], "has no labels: none of its 1 pictures"),
    ("benchmarks", ["MODEL", "--photos", "empty", "--out", "new"], "`empty` holds no pictures"),
    ("benchmarks", ["MODEL", "--out", "measured"], "`measured/result.json` exists already"),
]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[object, str]]:
    place = tmp_path_factory.mktemp("refused")
    rng = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (place / "photos" / label).mkdir(parents=True)
        for number in range(3):
            picture = rng.integers(0, 256, (40, 40, 3), np.uint8)
            assert cv2.imwrite(str(place / "photos" / label / f"{number}.png"), picture)
    with zipfile.ZipFile(place / "photos.zip", "w") as archive:
        archive.write(place / "photos" / "cat" / "0.png")
    for folder in ("empty", "full", "measured", "run"):
        (place / folder).mkdir()
    (place / "full" / "precious.txt").write_text("precious")
    (place / "measured" / "result.json").write_text("precious")
    (place / "run" / "run.json").write_text("{}")
    commands = [(program, [word.replace("MODEL", str(STARTER)) for word in words]) for program, words, _ in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{RUN_ALL}"],
        cwd=place,
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not (place / "new").exists()
    return {
        f"{program} {' '.join(words)}": end
        for (program, words, _), end in zip(COMMANDS, json.loads(done.stdout), strict=True)
    }


@pytest.mark.parametrize(
    ("program", "words", "sentence"), COMMANDS, ids=[f"{program} {' '.join(words)}" for program, words, _ in COMMANDS]
)
def test_it_is_one_sentence_before_tensorflow_starts(
    program: str, words: list[str], sentence: str, ended: dict[str, tuple[object, str]]
) -> None:
    code, told = ended[f"{program} {' '.join(words)}"]
    assert code == (2 if "did you mean" in sentence else 1), told
    errors = [line for line in told.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, told
    assert sentence in errors[0]
