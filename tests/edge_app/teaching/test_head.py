"""A linear head is the best one there is; folds are fair, and what is said out of fold is said by strangers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.teaching.head import PENALTIES, cross_validate, fit_linear_head, stratified_folds
from tests.edge_app.teaching.clouds import clouds, penalized_loss, probabilities


def test_the_best_head_moves_no_further() -> None:
    features, targets = clouds(10)
    head = fit_linear_head(features, targets, 3, 2.0)
    least = penalized_loss(head, features, targets, 2.0)
    random = np.random.default_rng(1)
    for size in (1e-3, 1e-2):
        moved = type(head)(head.kernel + size * random.normal(size=head.kernel.shape), head.bias)
        assert penalized_loss(moved, features, targets, 2.0) > least


def test_the_kept_head_is_the_one_on_all_photographs_with_the_chosen_penalty() -> None:
    features, targets = clouds(15, width=60)
    found = cross_validate(features, targets, 3)
    direct = fit_linear_head(features, targets, 3, found.penalty)
    np.testing.assert_allclose(probabilities(found.head, features), probabilities(direct, features), atol=1e-4)


def test_what_is_said_out_of_fold_is_said_by_heads_that_never_saw_the_photograph() -> None:
    features, targets = clouds(15)
    found = cross_validate(features, targets, 3)
    for fold in range(found.fold_count):
        out = found.folds == fold
        stranger = fit_linear_head(features[~out], targets[~out], 3, found.penalty)
        np.testing.assert_allclose(
            np.exp(found.log_probabilities[out]), probabilities(stranger, features[out]), atol=1e-2
        )


def test_labels_that_mean_nothing_get_no_accuracy() -> None:
    """A head that had seen the photograph would be right on nearly all of them: 200 features tell 60 apart."""
    random = np.random.default_rng(0)
    features, targets = random.normal(size=(60, 200)), np.arange(60) % 2
    found = cross_validate(features, targets, 2)
    assert (found.log_probabilities.argmax(axis=1) == targets).mean() < 0.7
    assert found.losses[int(np.argmin(found.losses))] == pytest.approx(np.log(2), abs=0.05)


@pytest.mark.parametrize("scale", [1000.0, 1e-9])
def test_the_scale_of_features_is_no_matter(scale: float) -> None:
    features, targets = clouds(10)
    one, scaled = cross_validate(features, targets, 3), cross_validate(scale * (features + 7.0), targets, 3)
    np.testing.assert_allclose(np.exp(one.log_probabilities), np.exp(scaled.log_probabilities), atol=1e-2)
    assert int(np.argmin(one.losses)) == int(np.argmin(scaled.losses))


def test_a_penalty_inside_the_grid_is_chosen_where_classes_overlap() -> None:
    features, targets = clouds(30, apart=0.3)
    best = int(np.argmin(cross_validate(features, targets, 3).losses))
    assert 0 < best < len(PENALTIES) - 1


def test_half_of_the_photographs_are_worse_where_more_help() -> None:
    features, targets = clouds(24, width=100, apart=0.25)
    found = cross_validate(features, targets, 3)
    assert found.half_right is not None
    assert found.half_right.mean() < (found.log_probabilities.argmax(axis=1) == targets).mean()
    assert cross_validate(*clouds(3), 3).half_right is None


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(2, 23), min_size=2, max_size=4),
    seed=st.integers(0, 1000),
)
def test_folds_are_even_in_every_class_and_every_class_trains(sizes: list[int], seed: int) -> None:
    targets = np.repeat(np.arange(len(sizes)), sizes)
    folds = stratified_folds(targets, len(sizes), seed=seed)
    assert folds.max() + 1 == min(5, max(sizes))
    for place, size in enumerate(sizes):
        dealt = np.bincount(folds[targets == place])
        assert len(dealt) == min(5, size)
        assert dealt.max() - dealt.min() <= 1  # so that none is ever empty: each class trains without any one fold


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_group_is_never_torn_apart(data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.integers(1, 6), min_size=4, max_size=12))
    names = [str(place) for place, size in enumerate(groups) for _ in range(size)]
    targets = np.array([int(name) % 2 for name in names])
    folds = stratified_folds(targets, 2, names, seed=data.draw(st.integers(0, 99)))
    for name in set(names):
        assert len({int(fold) for fold, other in zip(folds, names, strict=True) if other == name}) == 1
    for place in (0, 1):
        assert len(set(folds[targets == place].tolist())) >= 2


def test_one_photograph_of_a_class_is_refused() -> None:
    with pytest.raises(ValueError, match="class 1 has 1 photographs"):
        stratified_folds(np.array([0, 0, 1]), 2)
    with pytest.raises(ValueError, match="class 0 has 1 photographs"):
        stratified_folds(np.array([0, 0, 1, 1]), 2, ["a", "a", "b", "c"])


def test_a_class_without_photographs_is_refused() -> None:
    with pytest.raises(ValueError, match="each of 3 classes"):
        fit_linear_head(np.ones((4, 2)), np.array([0, 0, 1, 1]), 3, 1.0)
    with pytest.raises(ValueError, match="above 0"):
        fit_linear_head(np.ones((4, 2)), np.array([0, 0, 1, 1]), 2, 0.0)


def test_where_photographs_are_too_few_to_tell_penalties_apart_no_extreme_one_is_chosen() -> None:
    """Labels by chance: the log loss of six photographs is often lowest at an end; of 600 it is believed."""
    targets, ends = np.arange(6) % 2, 0
    for seed in range(12):
        found = cross_validate(np.random.default_rng(seed).normal(size=(6, 40)), targets, 2)
        ends += int(np.argmin(found.losses)) in (0, len(PENALTIES) - 1)
        assert 0.005 < found.penalty < 500.0
    assert ends >= 4
    many = np.arange(600) % 2
    found = cross_validate(np.random.default_rng(0).normal(size=(600, 40)), many, 2)
    assert found.penalty > 100.0
