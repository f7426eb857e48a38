"""Promises of a bundle: the files agree with the Keras model, say everything about themselves, and can be proven."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convert.proof.operators import refuse_wrong_input
from convert.quantize.recipes import DEFAULT_NAMES, FLOAT32, INT8, RECIPES
from convert.quantize.tflite import load_saved_model, reference
from convert.run_folder import read_run_folder
from edge_app.common.errors import ConversionError
from edge_app.model.card import Size
from edge_app.model.classifier import Classifier
from edge_app.model.metadata import read_metadata
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import read_photograph
from tests.conftest import Chain
from tests.grouped_run import GROUP_SIZE, grouped_copy
from tests.models import UINT8

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="session")
def conversion(chain: Chain) -> dict[str, object]:
    content: dict[str, object] = json.loads((chain.models / "conversion.json").read_text())
    return content


def test_the_bundle_has_a_file_for_each_usual_recipe_and_its_proof(chain: Chain) -> None:
    names = {path.name for path in chain.models.iterdir()}
    assert names == {*(f"tiny-{name}.tflite" for name in DEFAULT_NAMES), "conversion.json", "report.html"}


def test_the_int8_file_takes_bytes_as_they_are(chain: Chain) -> None:
    classifier = Classifier(chain.models / "tiny-int8.tflite", as_stored=True)
    scale, zero_point = classifier.interpreter.get_input_details()[0]["quantization"]
    assert scale == pytest.approx(2 / 255, rel=1e-5)
    assert zero_point in (127, 128)
    assert classifier.card.input_dtype == "uint8"
    assert classifier._preparer.takes_raw_bytes
    assert list(classifier.interpreter.get_input_details()[0]["shape"]) == [1, 48, 48, 3]
    dtypes = {np.dtype(tensor["dtype"]).name for tensor in classifier.interpreter.get_tensor_details()}
    assert "float32" not in dtypes


@pytest.mark.parametrize("name", DEFAULT_NAMES)
def test_every_file_says_everything_about_itself_in_both_layers(chain: Chain, name: str) -> None:
    path = chain.models / f"tiny-{name}.tflite"
    classifier = Classifier(path)
    assert not classifier.assumptions
    card = classifier.card
    run = json.loads((chain.run / "run.json").read_text())
    assert card.labels == ("cat", "dog")
    assert card.weights_sha256 == run["weights_sha256"]
    assert card.accuracy is not None
    assert card.accuracy.data == "test split of pets"
    assert card.versions["tensorflow"] == run["versions"]["tensorflow"]
    metadata = read_metadata(path)
    assert metadata.labels is not None
    assert metadata.labels.split() == ["cat", "dog"]
    assert metadata.mean == ((127.5,) if name == "int8" else (0.0,))
    assert card.recipe == RECIPES[name].summary
    assert card.recipe.encode() in path.read_bytes()[: -len(card.to_json())]  # in the standard metadata too
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["labels.txt", "model_card.json"]


def test_the_files_agree_with_the_keras_model_frame_by_frame(chain: Chain) -> None:
    run = read_run_folder(chain.run)
    keras_model = reference(load_saved_model(run.saved_model))
    float32, int8 = (Classifier(chain.models / f"tiny-{name}.tflite") for name in ("float32", "int8"))
    for photograph in run.splits["validation"][:20]:
        frame_bgr = read_photograph(photograph.path)
        expected = keras_model(resize_rgb(frame_bgr, run.input_size)[np.newaxis])[0]
        np.testing.assert_allclose(float32.scores(frame_bgr), expected, atol=1e-4)
        np.testing.assert_allclose(int8.scores(frame_bgr), expected, atol=0.25)


def test_the_numbers_of_the_proof_are_plausible_and_those_of_the_cards(
    chain: Chain, conversion: dict[str, object]
) -> None:
    files = {file["recipe"]["name"]: file for file in conversion["files"]}  # type: ignore[attr-defined]
    assert files["float32"]["agreement"]["same_label"] == 1.0
    assert files["float32"]["agreement"]["largest_difference"] < 1e-3
    assert files["int8"]["agreement"]["same_label"] >= 0.95
    assert files["int8"]["size_bytes"] < 0.5 * files["float32"]["size_bytes"]
    metrics = json.loads((chain.run / "metrics.json").read_text())["test"]
    assert conversion["keras_accuracy"]["top1"] == pytest.approx(metrics["accuracy"])  # type: ignore[index]
    for name, file in files.items():
        path = chain.models / f"tiny-{name}.tflite"
        assert file["objections"] == []
        assert file["size_bytes"] == path.stat().st_size
        card = Classifier(path).card
        assert card.accuracy is not None
        assert card.accuracy.top1 == pytest.approx(file["accuracy"]["top1"])


def test_a_file_that_disagrees_is_reported_and_not_left_under_its_name(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from convert.__main__ import main

    monkeypatch.setitem(RECIPES, "int8", replace(INT8, greatest_mean_difference=1e-9))
    words = [str(chain.run), "--recipes", "float32,int8", "--parity-photographs", "100"]  # of 20 no mean is certain
    out, kept = tmp_path / "models", tmp_path / "kept"
    assert main([*words, "--out", str(out)]) == 1
    assert "models-int8.tflite` was rejected: probabilities differ by" in capsys.readouterr().err
    left = {"models-float32.tflite", "conversion.json", "report.html"}
    assert {path.name for path in out.iterdir()} == left
    assert "probabilities differ by" in (out / "report.html").read_text()
    assert main([*words, "--out", str(kept), "--keep-failing"]) == 1
    assert {path.name for path in kept.iterdir()} == {
        "kept-float32.tflite", "kept-int8.tflite.rejected", "conversion.json", "report.html",
    }  # fmt: skip
    _, rejected = json.loads((kept / "conversion.json").read_text())["files"]
    assert rejected["file"] == "kept-int8.tflite.rejected"
    assert "probabilities differ by" in rejected["objections"][0]


def test_a_file_nobody_named_that_disagrees_is_left_out_and_the_rest_stands(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from convert.__main__ import main

    monkeypatch.setitem(RECIPES, "dynamic", replace(RECIPES["dynamic"], greatest_mean_difference=1e-9))
    out = tmp_path / "models"
    assert main([str(chain.run), "--parity-photographs", "20", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "Use models-int8.tflite: as good as Keras" in told
    assert "models-dynamic.tflite was left out: probabilities differ by" in told
    assert f"next    fieldlens app {out / 'models-int8.tflite'} --source 0" in told
    stands = {f"models-{name}.tflite" for name in ("float32", "float16", "int8")}
    assert {path.name for path in out.iterdir()} == {*stands, "conversion.json", "report.html"}
    page = (out / "report.html").read_text()
    assert "<h1>models: 1 of 4 files left out</h1>" in page
    first = page[page.index("<p") :].splitlines()[0]
    assert first.startswith('<p class="lead">Use models-int8.tflite: as good as Keras')


def test_a_quantized_input_of_another_range_is_refused() -> None:
    foreign = Classifier(UINT8)
    with pytest.raises(ConversionError, match="2/255 and 127 or 128 are needed"):
        refuse_wrong_input(foreign, INT8, Size(224, 224))
    with pytest.raises(ConversionError, match=r"has shape \[1, 224, 224, 3\] where \[1, 96, 96, 3\] is needed"):
        refuse_wrong_input(foreign, FLOAT32, Size(96, 96))


def test_conversion_needs_no_class_of_train_and_finds_moved_photographs(chain: Chain, tmp_path: Path) -> None:
    """In a process where `train` cannot be imported, on a run whose photographs are elsewhere now."""
    run = tmp_path / "run"
    run.mkdir()
    for name in ("saved_model", "splits.csv"):
        (run / name).symlink_to(chain.run / name)
    content = json.loads((chain.run / "run.json").read_text())
    content["data"]["folder"] = str(tmp_path / "gone")
    (run / "run.json").write_text(json.dumps(content))
    code = (
        "import sys\n"
        "for name in ('train', 'tf_keras', 'keras'): sys.modules[name] = None\n"
        "from convert.__main__ import main\n"
        "raise SystemExit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, str(run), "--recipes", "int8", "--out", str(tmp_path / "models")]
    lost = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert lost.returncode == 1
    assert "give their folder with --photos" in lost.stderr
    found = subprocess.run(
        [*command, "--photos", str(chain.drawings)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "models" / "models-int8.tflite").is_file()


def test_files_of_a_run_with_groups_are_compared_over_groups_and_the_report_says_so(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from convert.__main__ import main

    run, models = grouped_copy(chain.run, tmp_path / "run"), tmp_path / "models"
    words = [str(run), "--recipes", "float32,int8", "--parity-photographs", "96", "--diagnose", "--out", str(models)]
    assert main(words) == 0
    conversion = json.loads((models / "conversion.json").read_text())
    file = conversion["files"][0]
    found = file["against_keras"]
    assert found["photographs"] == file["accuracy"]["photographs"] == 96
    assert 96 / GROUP_SIZE <= found["independent"] <= found["groups"] < 40  # the classes are taken in turn
    assert found["only_first"] == found["only_second"] == 0
    assert found["high"] == -found["low"] == pytest.approx(1 - 0.025 ** (1 / found["independent"]))
    assert all(24 <= one["comparison"]["groups"] < 40 for one in conversion["diagnosis"]["mixed"])
    page = (models / "report.html").read_text()
    assert f"on 96 photographs in {found['groups']} groups (test split of {chain.drawings.name})" in page
    assert "Groups are drawn whole for the one and change sides as a whole in the other." in page
    assert f"96 photographs in {found['groups']} groups can tell" in capsys.readouterr().out
    assert "Groups are drawn whole" not in (chain.models / "report.html").read_text()


def test_a_whitened_run_has_no_int8_file_and_the_bundle_says_why(
    chain: Chain, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The run folder says so in its recipe; the network of this one does not whiten, which converts alike."""
    from convert.__main__ import main

    run = tmp_path / "run"
    shutil.copytree(chain.run, run)
    settings = json.loads((run / "run.json").read_text())
    settings["recipe"]["input_statistics"] = "zca"
    (run / "run.json").write_text(json.dumps(settings))
    assert main([str(run), "--parity-photographs", "20", "--out", str(tmp_path / "models")]) == 0
    told = capfd.readouterr().out
    assert "no dynamic, int8 file: ZCA whitening multiplies" in told
    names = {path.name for path in (tmp_path / "models").iterdir()}
    assert names == {"models-float32.tflite", "models-float16.tflite", "conversion.json", "report.html"}
    written = json.loads((tmp_path / "models" / "conversion.json").read_text())
    (sentence,) = written["skipped"]
    assert sentence in told
    assert written["calibration_photographs"] == 0
    assert sentence in (tmp_path / "models" / "report.html").read_text()
