"""Promises of `benchmarks experiment teach`: the third sitting is a stranger, and the result says what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments import teach
from benchmarks.experiments.teach_films import FRAMES, film_of, taught_by_films
from benchmarks.results.envelope import read_result
from benchmarks.results.few import Judged, Statement
from benchmarks.results.teach import AS_THEY_ARE, FILMS, OWN_LIGHT, Taught, TaughtDraw, lights
from edge_app.model.card import Size
from edge_app.model.starter import STARTER
from edge_app.teaching.backbone import Backbone
from tests.pictures import write_photographs


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("pets"), 26, size=Size(96, 96))


def test_sittings_share_no_photograph_and_only_one_pass_has_a_light_of_its_own(pets: Path) -> None:
    folder = teach._folder(pets, teach.Plan(2, 5, 6, 0), 9)
    plain, lit = (teach.sittings_of(folder, (5, 5, 6), light, 3) for light in (AS_THEY_ARE, OWN_LIGHT))
    assert [sitting.paths for sitting in plain] == [sitting.paths for sitting in lit]
    paths = [path for sitting in plain for path in sitting.paths]
    assert len(paths) == len(set(paths)) == 2 * 16
    assert [sitting.targets.count(1) for sitting in plain] == [5, 5, 6]
    assert all((sitting.gain == 1.0).all() for sitting in plain)
    assert len({tuple(sitting.gain) for sitting in lit}) == 3
    darker = teach._Sitting(plain[0].paths[:1], (0,), np.full(3, 0.5))
    one, half = next(plain[0].pictures()), next(darker.pictures())
    np.testing.assert_allclose(half, one / 2, atol=0.51)


def test_of_a_film_the_lesson_keeps_what_is_new_from_both_sittings(pets: Path, tmp_path: Path) -> None:
    folder, backbone = teach._folder(pets, teach.Plan(2, 5, 6, 0), 9), Backbone(STARTER, 1)
    sittings = teach.sittings_of(folder, (5, 5), AS_THEY_ARE, 0)
    picture = next(sittings[0].pictures())
    film = list(film_of(picture, np.random.default_rng(0)))
    assert {frame.shape for frame in film} == {picture.shape}
    assert 2 < len({frame.tobytes() for frame in film}) <= FRAMES == len(film)
    shown = [list(zip(sitting.targets, sitting.pictures(), strict=True)) for sitting in sittings]
    examples = taught_by_films(shown, folder.labels, backbone, tmp_path, 0)
    assert len(set(examples.sessions)) == 2
    assert set(examples.targets.tolist()) == {0, 1}
    assert 2 * 2 <= len(examples.targets) < 2 * 10 * FRAMES
    assert len(list(tmp_path.rglob("*.jpg"))) == len(examples.targets)


def test_a_small_run_writes_a_result_that_reads_back(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(teach, "_REFIT_PER_CLASS", 9)
    out = tmp_path / "teach.json"
    words = ["--photos", str(pets), "--draws", "2", "--per-sitting", "6", "--judging", "8", "--out", str(out)]
    assert main(["experiment", "teach", *words]) == 0
    result = read_result(out, Taught)
    assert [(draw.light, draw.seed) for draw in result.draws] == [
        (AS_THEY_ARE, 0), (AS_THEY_ARE, 1), (OWN_LIGHT, 0), (OWN_LIGHT, 1), (FILMS, 0), (FILMS, 1),
    ]  # fmt: skip
    assert all(draw.statement.others == 16 for draw in result.draws)
    assert all(len(draw.peers) == 3 for draw in result.draws)
    assert all(abs(draw.file - draw.ours.accuracy) <= 2 / 16 for draw in result.draws)
    assert result.refit_frames == 18
    assert "photographs as they are" in capsys.readouterr().out


def test_too_few_photographs_are_said_before_anything_is_drawn(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["experiment", "teach", "--photos", str(pets), "--out", str(tmp_path / "teach.json")]) == 1
    assert "`cats` has 26 photographs, and 60 are drawn" in capsys.readouterr().err


def test_draws_are_summed_up_beside_the_best_peer() -> None:
    def draw(seed: int, ours: float, low: float, high: float) -> TaughtDraw:
        others = {"a": Judged(0.7, 1.0), "b": Judged(0.8 + 0.02 * seed, 1.0)}
        statement = Statement(15, seed, 0.8, low, high, judged=ours, others=150)
        return TaughtDraw(AS_THEY_ARE, seed, Judged(ours, 1.0), ours + 0.01 * seed, others, statement)

    class Result:
        draws = (draw(0, 0.9, 0.5, 0.95), draw(1, 0.7, 0.75, 0.9))

    (light,) = lights(Result())  # type: ignore[arg-type]  # only the draws are read
    assert (light.best_peer, light.draws) == ("b", 2)
    assert light.accuracy == pytest.approx(0.8)
    assert light.best_accuracy == pytest.approx(0.81)
    assert light.difference == pytest.approx(-0.01)
    assert light.low < -0.01 < light.high
    assert light.contained == pytest.approx(0.5)
    assert light.file_difference == pytest.approx(0.01)
