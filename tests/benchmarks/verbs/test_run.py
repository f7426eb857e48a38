"""Promises of `fieldlens bench`, through its command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import main
from benchmarks.measure.accuracy.measure import choose_photographs
from benchmarks.measure.protocol.cold_start import measure_cold_start
from benchmarks.measure.protocol.options import BenchmarkCase
from benchmarks.measure.protocol.rounds import RoundRequest, ask_round
from benchmarks.results.envelope import read_result
from benchmarks.results.latency import LatencyResult, Round
from edge_app.common.errors import ModelFileError
from edge_app.demo.drawn_pets import write_drawings
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ModelCard, Size, write_card
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER
from edge_app.photographs.groups import marked
from edge_app.photographs.splits import sha256_of, split_of
from tests.models import INT8
from tests.pictures import write_photographs

ROOT = Path(__file__).parents[3]
QUICK = ("--rounds", "1", "--runs", "10", "--seconds", "0.05", "--threads", "1")


def test_these_are_our_benchmarks() -> None:
    assert Path(benchmarks.__file__).parent == ROOT / "benchmarks"


def test_a_model_is_measured_into_table_json_and_plot_or_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results"
    assert main([str(INT8), *QUICK, "--rounds", "2", "--seed", "7", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    result = read_result(out / "result.json", LatencyResult)
    (file,) = result.files
    assert (result.threads, result.seed, result.rounds_planned, result.partial) == ((1,), 7, 2, False)
    assert len(file.rounds) == len(result.rounds) == len(file.start_to_label_s) == 2
    for one in file.rounds:
        assert len(one.invoke_s) == len(one.frame_to_label_s) == len(one.prepare_s) == len(one.post_s) >= 5
        assert one.warm_up_runs >= 5
        assert one.throughputs[0].images_per_s > 1
    assert all(one.decode_s and one.yardstick_s for one in result.rounds)
    assert file.classes == 1001
    assert file.size_bytes == INT8.stat().st_size
    assert file.sha256 == sha256_of(INT8.read_bytes())
    assert 20 << 20 < file.peak_memory_bytes < 500 << 20
    assert 20 << 20 < (file.steady_memory_bytes or 0) < 500 << 20
    assert "2 rounds show little of how times vary" in told
    assert INT8.name in told
    assert INT8.name in (out / "table.md").read_text()
    assert (out / "plot.png").exists() or "pip install matplotlib" in told


class Asked(Exception):  # noqa: N818  # no error: it ends the command where the measurement would begin
    """What was to be measured."""


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("benchmarks.measure.protocol.measure.measure", ["run", "--out", "r"]),
        ("benchmarks.measure.live.measure.measure_live", ["experiment", "live"]),
        ("benchmarks.measure.live.soak.soak", ["experiment", "soak"]),
        ("benchmarks.measure.live.viewers.measure_viewers", ["experiment", "viewers", "--out", "r.json"]),
    ],
)
def test_without_a_file_the_starter_is_measured_and_introduced(
    place: str,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ask(models: object, *_more: object, **_named: object) -> None:
        raise Asked(models)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(place, ask)
    with pytest.raises(Asked) as asked:
        main(words)
    assert asked.value.args[0] in (STARTER, [STARTER])
    assert capsys.readouterr().err.startswith("no MODEL given, so using the starter, ")


def test_existing_results_are_refused_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "result.json").write_text("precious")
    assert main([str(INT8), *QUICK, "--out", str(tmp_path)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "result.json").read_text() == "precious"


def test_accuracy_counts_the_photographs_that_no_model_was_trained_on(tmp_path: Path) -> None:
    """A model of colours judged on pets, with labels that make its answer known: the true count is checked."""
    everything = write_photographs(tmp_path / "everything", 24, ("a", "b", "c", "d", "e"), Size(160, 120))
    chosen = choose_photographs(everything, everything=False)
    assert 15 < len(chosen.files) < 50
    assert all(split_of(sha256_of(path.read_bytes())) == "test" for path, _ in chosen.files[:20])
    assert len(choose_photographs(everything, everything=True).files) == 120
    photographs = tmp_path / "photos"
    for number, (path, label) in enumerate(chosen.files):
        (photographs / label).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, photographs / label / f"{number}.jpg")
    (photographs / chosen.labels[0] / "broken.jpg").write_text("text")
    names = list(chosen.labels) + [f"other {number}" for number in range(1001 - len(chosen.labels))]
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(names))
    out = tmp_path / "out"
    words = [str(INT8), "--photos", str(photographs), "--all-photos", "--labels", str(labels)]
    assert main([*words, *QUICK, "--out", str(out)]) == 0
    (file,) = read_result(out / "result.json", LatencyResult).files
    assert file.accuracy is not None
    assert file.accuracy.photographs == len(chosen.files)
    assert file.accuracy_note == "1 broken photographs left out"
    classifier = Classifier(INT8, labels=tuple(names))
    from edge_app.photographs.decoder import read_photograph

    assert len({path.parent.name for path in photographs.rglob("*.jpg")}) == 5
    right = sum(classifier.classify(read_photograph(path)).label == label for path, label in chosen.files)
    assert file.accuracy.top1 == pytest.approx(right / file.accuracy.photographs, abs=1e-6)


def test_marked_photographs_are_counted_by_their_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sessions as `--collect` writes them: four photographs each, whose JPEG comments name their session."""
    pets, out = tmp_path / "pets", tmp_path / "out"
    write_drawings(pets, 24, size=64)
    for label in ("cat", "dog"):
        for number, path in enumerate(sorted((pets / label).iterdir())):
            path.write_bytes(marked(path.read_bytes(), f"{label} {number // 4}"))
    models = [str(shutil.copyfile(STARTER, tmp_path / name)) for name in ("one.tflite", "two.tflite")]
    assert main([*models, "--photos", str(pets), "--all-photos", *QUICK, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    for file in read_result(out / "result.json", LatencyResult).files:
        assert file.judgement is not None
        assert sorted(Counter(file.judgement.groups).values()) == [4] * 6
        assert [one.independent for one in file.judgement.classes] == [3.0, 3.0]
        right = int(file.judgement.right().sum())
        expected = MeasuredAccuracy.from_counts(right, 24, "all of pets", independent=6)
        assert file.judgement.accuracy == expected
        assert file.accuracy is not None
        assert (file.accuracy.low, file.accuracy.high) == pytest.approx((expected.low, expected.high), abs=1e-6)
    for text in (told, (out / "table.md").read_text()):
        assert "24 photographs in 6 groups, all of pets" in text
        assert "+0.00 points (-45.93 to +45.93)" in text  # six sessions, not 24 photographs: 1 - 0.025^(1/6)
    assert main(["report", "--results", str(out), "--out", str(tmp_path / "report.html")]) == 0


def test_photographs_of_something_else_give_no_accuracy_but_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(INT8), "--photos", str(write_photographs(tmp_path / "photos", 10))]
    assert main([*words, *QUICK, "--out", str(tmp_path / "out")]) == 0
    assert "no accuracy: the photographs show cats, dogs; the model knows background" in capsys.readouterr().out
    assert read_result(tmp_path / "out" / "result.json", LatencyResult).files[0].accuracy is None


def test_a_missing_model_and_a_missing_folder_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "no.tflite"), "--out", str(tmp_path / "out")]) == 1
    assert "cannot be read: no such file" in capsys.readouterr().err
    assert main([str(INT8), "--photos", str(tmp_path / "no"), "--out", str(tmp_path / "out")]) == 1
    assert "does not exist; give a folder of photographs" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_model_that_fails_in_the_fresh_process_is_said(tmp_path: Path) -> None:
    path = tmp_path / "text.tflite"
    path.write_text("no model, only text")
    with pytest.raises(ModelFileError, match="could not be measured in a fresh process"):
        measure_cold_start(BenchmarkCase(path, 1), path)


def test_a_card_survives_measuring(tmp_path: Path) -> None:
    """The file of a result is known by its hash: measuring must not touch it."""
    pytest.importorskip("ai_edge_litert", reason="the schema to write files comes with the newer runtime")
    card = ModelCard(
        "x", tuple(f"c{number}" for number in range(1001)), Size(224, 224), "uint8", mean=(127.5,) * 3, std=(127.5,) * 3
    )
    path = tmp_path / "own.tflite"
    path.write_bytes(write_card(INT8.read_bytes(), card))
    before = sha256_of(path.read_bytes())
    assert main([str(path), *QUICK, "--out", str(tmp_path / "out")]) == 0
    assert (
        read_result(tmp_path / "out" / "result.json", LatencyResult).files[0].sha256
        == before
        == sha256_of(path.read_bytes())
    )


def test_help_needs_no_opencv_and_teaches() -> None:
    code = "import sys; sys.modules['cv2'] = None; from benchmarks.__main__ import main; main(['--help'])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "models/pets/*.tflite --photos photos" in told.stdout


def test_files_and_threads_take_turns_in_the_same_process_and_compare_reads_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--rounds", "1", "--runs", "6", "--seconds", "0.02", "--threads", "1,2", "--out", str(tmp_path)]
    assert main([str(STARTER), *words]) == 0
    result = read_result(tmp_path / "result.json", LatencyResult)
    assert [file.threads for file in result.files] == [1, 2]
    assert all(sorted(one.order) == [0, 1] for one in result.rounds)
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "result.json")]) == 0
    assert f"{STARTER.name}:2" in capsys.readouterr().out


def test_an_interrupted_measurement_keeps_the_rounds_that_were_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.measure.protocol import measure

    asked = []

    def ask(request: RoundRequest) -> Round:
        asked.append(request)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return ask_round(request)

    monkeypatch.setattr(measure, "ask_round", ask)
    words = ["--rounds", "5", "--runs", "5", "--seconds", "0.02", "--threads", "1", "--out", str(tmp_path)]
    assert main([str(STARTER), *words]) == 130
    result = read_result(tmp_path / "result.json", LatencyResult)
    assert result.partial
    assert len(result.rounds) == len(result.files[0].rounds) == len(result.files[0].starts) == 1
    assert "interrupted: 1 of 5 rounds" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize("words", [["--rounds", "0"], ["--runs", "0"], ["--threads", "1,1"], ["--threads", "two"]])
def test_numbers_that_cannot_be_meant_are_one_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert main([str(STARTER), *words, "--out", "nowhere"]) == 2
    except SystemExit as end:
        assert end.code == 2
    assert capsys.readouterr().err.startswith("error: ")
