from __future__ import annotations

import pytest

from edge_app.model.training_time import training_duration_s, training_parts_s


def test_features_lie_inside_the_time_of_the_head() -> None:
    timings_s = {"reading": 3.0, "features": 80.0, "head": 86.0, "fine-tuning": 300.0, "screening": 1.0}
    parts_s = training_parts_s(timings_s)
    assert parts_s == pytest.approx(
        {"reading": 3.0, "features": 80.0, "head": 6.0, "fine-tuning": 300.0, "screening": 1.0}
    )
    assert training_duration_s(timings_s) == pytest.approx(390.0)


def test_the_teacher_is_asked_inside_the_stage_that_it_teaches() -> None:
    assert training_duration_s({"reading": 7.0, "teacher": 745.0, "training": 2564.0}) == pytest.approx(2571.0)
    assert training_duration_s({"head": 17.0, "teacher": 1280.0, "fine-tuning": 2496.0}) == pytest.approx(2513.0)


def test_every_member_of_a_soup_asks_the_teacher() -> None:
    timings_s = {"head": 20.0, "teacher": 600.0, "fine-tuning 1": 400.0, "fine-tuning 2": 500.0}
    assert training_parts_s(timings_s) == pytest.approx(
        {"head": 20.0, "teacher": 600.0, "fine-tuning 1": 400.0 / 3, "fine-tuning 2": 500.0 / 3}
    )
    assert training_duration_s(timings_s) == pytest.approx(920.0)


def test_fine_tunings_of_a_soup_all_count() -> None:
    assert training_duration_s({"head": 10.0, "fine-tuning 1": 300.0, "fine-tuning 2": 200.0}) == pytest.approx(510.0)


def test_old_runs_told_the_features_apart() -> None:
    assert training_duration_s({"reading": 2.9, "features": 57.5, "head": 3.7}) == pytest.approx(64.1)


def test_the_stages_of_a_compression_add_up() -> None:
    assert training_duration_s({"prune": 60.0, "cluster": 70.0, "qat": 80.0}) == pytest.approx(210.0)
