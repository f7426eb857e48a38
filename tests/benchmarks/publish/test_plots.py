"""Promises of the plot of a result: its words can be read, whatever the times are. Here because it needs matplotlib."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from benchmarks.results.plots import plot_result
from tests.benchmarks.results.test_result import FILE, RESULT, STEADY


@pytest.mark.parametrize("speeds", [(1.0,), (1.0, 3.0, 0.2), (8.0, 0.5, 0.5, 0.5, 7.0)])
def test_words_stand_clear_of_the_violins_of_each_other_and_of_the_edge(
    speeds: tuple[float, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for number, speed in enumerate(speeds):
        times_s = tuple(0.002 * speed * (1 + place / 100) for place in range(40))
        rounds = (replace(STEADY, frame_to_label_s=times_s),) * 5
        files.append(replace(FILE, file=f"{number}.tflite", rounds=rounds))
    monkeypatch.setattr(plt, "close", lambda _figure: None)
    plot_result(replace(RESULT, files=tuple(files)), tmp_path / "plot.png")
    figure = plt.gcf()
    (axes,) = figure.axes
    words = [text.get_window_extent() for text in axes.texts]
    violins = [shape.get_tightbbox() for shape in axes.collections]
    monkeypatch.undo()
    plt.close(figure)
    assert len(words) == len(violins) == len(speeds)
    for number, word in enumerate(words):
        assert not any(word.overlaps(violin) for violin in violins)
        assert not any(word.overlaps(other) for other in words[number + 1 :])
        assert axes.bbox.x0 <= word.x0
        assert word.x1 <= axes.bbox.x1
