"""Promises of an unfinished run: nothing is lost bit by bit, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.errors import OutputError, RunFolderError
from train.fitting.resume import TrainingState, UnfinishedRun, first_difference

SETTINGS = {"seed": 0, "recipe": {"epochs": 3, "filters": [8, 16]}}


def some_state() -> TrainingState:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(3, 4)).astype(np.float32), np.array(7, np.int64), np.zeros((0, 2), np.float32)]
    return TrainingState(1, 2, 1, 0.25, [{"stage": "head", "epoch": 1}], {"head": 1.5}, arrays, arrays[:2], arrays[:1])


def test_a_state_comes_back_bit_by_bit(tmp_path: Path) -> None:
    state = some_state()
    (tmp_path / "state.npz").write_bytes(state.to_bytes())
    found = TrainingState.from_file(tmp_path / "state.npz")
    assert (found.stage, found.epoch, found.since_best, found.best_loss) == (1, 2, 1, 0.25)
    assert (found.history, found.timings_s) == (state.history, state.timings_s)
    for kept, original in ((found.weights, state.weights), (found.optimizer, state.optimizer)):
        assert len(kept) == len(original)
        for one, other in zip(kept, original, strict=True):
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes()


def test_more_than_ten_arrays_keep_their_order(tmp_path: Path) -> None:
    (tmp_path / "state.npz").write_bytes(TrainingState(weights=[np.array(number) for number in range(120)]).to_bytes())
    assert [int(array) for array in TrainingState.from_file(tmp_path / "state.npz").weights] == list(range(120))


def test_an_attempt_with_a_completed_epoch_is_not_thrown_away_by_mistake(tmp_path: Path) -> None:
    run = UnfinishedRun(tmp_path / "pets")
    run.save(run.begin(SETTINGS, resume=False, overwrite=False))
    with pytest.raises(OutputError, match=r"pets\.unfinished`; add --resume to continue it, or --overwrite"):
        run.begin(SETTINGS, resume=False, overwrite=False)
    assert run.begin(SETTINGS, resume=True, overwrite=False).epoch == 0
    run.begin(SETTINGS, resume=False, overwrite=True)
    assert not (run.folder / "state.npz").exists()


def test_an_attempt_without_a_completed_epoch_is_begun_again(tmp_path: Path) -> None:
    run = UnfinishedRun(tmp_path / "pets")
    run.begin(SETTINGS, resume=False, overwrite=False)
    run.begin({**SETTINGS, "seed": 1}, resume=False, overwrite=False)


def test_other_settings_are_named(tmp_path: Path) -> None:
    run = UnfinishedRun(tmp_path / "pets")
    run.save(run.begin(SETTINGS, resume=False, overwrite=False))
    with pytest.raises(RunFolderError, match=r"other settings: recipe\.epochs was 3, is 5; resume with the same"):
        run.begin({"seed": 0, "recipe": {"epochs": 5, "filters": [8, 16]}}, resume=True, overwrite=False)


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"nothing to resume at .*no run was begun"):
        UnfinishedRun(tmp_path / "pets").begin(SETTINGS, resume=True, overwrite=False)
    (tmp_path / "done").mkdir()
    with pytest.raises(RunFolderError, match=r"nothing to resume at .*the run is finished"):
        UnfinishedRun(tmp_path / "done").begin(SETTINGS, resume=True, overwrite=True)


def test_a_finished_run_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "model.h5").write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        UnfinishedRun(tmp_path / "pets").begin(SETTINGS, resume=True, overwrite=False)


@given(damage=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_state_is_one_sentence_or_whole(
    tmp_path_factory: pytest.TempPathFactory, damage: int, value: int
) -> None:
    content = bytearray(some_state().to_bytes())
    content[damage * len(content) // 401] = value
    path = tmp_path_factory.mktemp("state") / "state.npz"
    path.write_bytes(bytes(content))
    try:
        TrainingState.from_file(path)
    except RunFolderError as error:
        assert "start over with --overwrite" in str(error)


def test_a_cache_is_computed_once_and_half_a_file_is_computed_again(tmp_path: Path) -> None:
    run = UnfinishedRun(tmp_path / "pets")
    calls = []

    def compute() -> np.ndarray:
        calls.append(1)
        return np.arange(5.0)

    for _ in range(2):
        np.testing.assert_array_equal(run.cached("features", compute), np.arange(5.0))
    assert len(calls) == 1
    path = run.folder / "features.npy"
    path.write_bytes(path.read_bytes()[:-9])
    np.testing.assert_array_equal(run.cached("features", compute), np.arange(5.0))
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("begun", "asked", "text"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a[1].b was 2, is 3"),
        ({"a": [1]}, {"a": [1, 2]}, "a had 1 entries, has 2"),
        ({"a": 1}, {"b": 1}, "a was 1, is None"),
        ({}, {"b": 1}, "b was None, is 1"),
        ({"a": "cat"}, {"a": "dog"}, "a was 'cat', is 'dog'"),
    ],
)
def test_the_first_difference_is_named(begun: object, asked: object, text: str) -> None:
    assert first_difference(begun, asked) == text


def test_settings_nested_without_end_are_one_sentence(tmp_path: Path) -> None:
    run = UnfinishedRun(tmp_path / "pets")
    run.begin(SETTINGS, resume=False, overwrite=False)
    (run.folder / "settings.json").write_text("[" * 100_000)
    with pytest.raises(RunFolderError, match=r"settings.json` cannot be read .*use --overwrite"):
        run.begin(SETTINGS, resume=True, overwrite=False)
