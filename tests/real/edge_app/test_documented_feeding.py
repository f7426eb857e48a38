"""Other people's files give the label of a bare interpreter that is fed as their publishers document, or a refusal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.experiments.third_party.compare import Photograph, compare_file
from benchmarks.experiments.third_party.documented import DOCUMENTED
from benchmarks.experiments.third_party.run import chosen_photographs

REFUSED = {
    "keras_lstm_mnist_ptq.tflite": "is not an image classifier: its input has shape [1, 28, 28]",
    "mobilenet_v1_0.25_128_quant_edgetpu.tflite": "use the file that it was made from, which has no `_edgetpu`",
    "model_invoking_error.tflite": "unresolved custom op: fake-op-double",
}
EQUAL = (
    "dyn.tflite",
    "ei_int8.tflite",
    "mobilenet_v1_0.25_128_quant.tflite",
    "mobilenet_v1_0.25_224_1_default_1.tflite",
    "mobilenet_v1_0.25_224_1_metadata_1.tflite",
    "mobilenet_v1_0.25_224_quant.tflite",
    "mobilenet_v1_0.25_224_quant_without_subgraph_metadata.tflite",
    "mobilenet_v1_0.5_160_quant.tflite",
    "mobilenet_v2_1.0_224_inat_insect_quant.tflite",
    "mobilenet_v2_1.0_224_quant.tflite",
    "pm1_logits.tflite",
    "raw255_rescaling.tflite",
    "sigmoid1.tflite",
    "tf2_mobilenet_v2_1.0_224_ptq.tflite",
    "tfs_automl_labeler_model.tflite",
    "uint8_01.tflite",
)


@pytest.fixture(scope="module")
def found(data_folder: Path) -> dict[str, Path]:
    """Files by their names: of the cases that failed, and of the models that are downloaded a lot."""
    folders = (data_folder.parent / "cases" / "models", data_folder / "models")
    return {path.name: path for folder in folders for path in folder.rglob("*") if path.suffix in (".tflite", ".txt")}


@pytest.fixture(scope="module")
def photographs(data_folder: Path) -> list[Photograph]:
    folders = (data_folder / "flowers", data_folder / "other_source")
    plain = Photograph("plain", np.full((64, 64, 3), 128, np.uint8))  # `dyn.tflite` finds stripes in all others
    return [plain, *(one for folder in folders for one in chosen_photographs(folder, 30))]


def test_every_file_has_its_promise_here(found: dict[str, Path]) -> None:
    assert {name for name in found if name.endswith(".tflite")} == {*EQUAL, *REFUSED}


@pytest.mark.parametrize("name", EQUAL)
def test_the_label_is_that_of_a_bare_interpreter(
    name: str, found: dict[str, Path], photographs: list[Photograph]
) -> None:
    tried = compare_file(found[name], DOCUMENTED, photographs, found)
    assert (tried.outcome, tried.same, tried.disagreements) == ("equal", len(photographs), ())
    assert len(photographs) > 60
    assert tried.labels_seen > 1
    assert "--input " not in tried.stated  # the app finds that out
    assert tried.source


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_run_is_refused_in_a_sentence(name: str, found: dict[str, Path]) -> None:
    tried = compare_file(found[name], DOCUMENTED, [], found)
    assert tried.outcome == "refused"
    assert REFUSED[name] in tried.sentence
