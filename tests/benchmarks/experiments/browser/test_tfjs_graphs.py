"""Promises of the comparison with the official TF.js converter that need no browser."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.browser.official_converter import convert_officially
from benchmarks.experiments.browser.tfjs_graphs import (
    OFFICIAL,
    OURS,
    TfjsOptions,
    graph_summary,
    ratio_of_medians,
    result,
)
from benchmarks.experiments.browser.tfjs_page import PageLoad, check_installed, site
from convert.quantize.tflite import load_saved_model
from convert.web.tfjs.export import export_tfjs
from edge_app.common.errors import MissingDependencyError
from tests.conftest import Chain

RANDOM = np.random.default_rng(0)


def made_loads(median_s: float, count: int = 12) -> list[list[float]]:
    return [list(median_s * RANDOM.normal(1, 0.05) * RANDOM.lognormal(0, 0.1, 30)) for _ in range(count)]


def test_the_interval_of_the_ratio_holds_the_true_ratio_and_narrows_with_loads() -> None:
    few = ratio_of_medians(made_loads(0.030, 6), made_loads(0.040, 6))
    many = ratio_of_medians(made_loads(0.030, 60), made_loads(0.040, 60))
    for ratio in (few, many):
        assert ratio.low < 0.75 < ratio.high
        assert ratio.low <= ratio.value <= ratio.high
    assert many.high - many.low < few.high - few.low


def test_one_slow_page_load_moves_the_ratio_little() -> None:
    loads = made_loads(0.030)
    plain = ratio_of_medians(loads, made_loads(0.030))
    slow = ratio_of_medians([*loads[:-1], [1.0] * 30], made_loads(0.030))
    assert abs(slow.value - plain.value) < 0.1


def test_the_result_keeps_every_time_and_compares_both_graphs_and_keras() -> None:
    ours, official = [[0.25, 0.75], [0.5, 0.5]], [[0.25, 0.75], [0.375, 0.625]]
    loads = [(OURS, page(ours)), (OFFICIAL, page(official)), (OFFICIAL, page(official)), (OURS, page(ours))]
    content = result(TfjsOptions(loads=2), loads, {}, np.array([[0.25, 0.75], [0.375, 0.625]], np.float32))
    assert content["max_abs_difference"] == 0.125
    assert content["keras"][OURS] == {"max_abs_difference": 0.125, "agreement": 0.5}
    assert content["keras"][OFFICIAL] == {"max_abs_difference": 0.0, "agreement": 1.0}
    assert [load["graph"] for load in content["loads"]] == [OURS, OFFICIAL, OFFICIAL, OURS]
    assert content["loads"][0]["times_s"] == [0.03, 0.04]


def page(probabilities: list[list[float]]) -> PageLoad:
    return PageLoad("4.22.0", "wasm", 1, False, ["images"], ["probabilities"], 0.1, probabilities, [0.03, 0.04])


def test_the_server_hands_out_page_packages_models_and_photographs_and_nothing_else(tmp_path: Path) -> None:
    for name in ("npm/@tensorflow/tfjs-core/dist/tf-core.min.js", "model/model.json", "secret.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    images_rgb = RANDOM.integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    with site(tmp_path / "npm", {"ours": tmp_path / "model"}, images_rgb) as address:
        assert b"tf.loadGraphModel" in fetch(address)
        assert fetch(f"{address}npm/tfjs-core/dist/tf-core.min.js") == b"npm/@tensorflow/tfjs-core/dist/tf-core.min.js"
        assert fetch(f"{address}models/ours/model.json") == b"model/model.json"
        assert fetch(f"{address}photographs") == images_rgb.tobytes()
        for path in ("models/ours/../../secret.txt", "secret.txt", "models/other/model.json"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                fetch(address + path)


def fetch(address: str) -> bytes:
    # An opener of its own: urllib's first one keeps the proxies that another test may have set.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address) as answer:
        return bytes(answer.read())


def test_operators_and_bytes_of_a_graph_are_counted(chain: Chain, tmp_path: Path) -> None:
    model = export_tfjs(load_saved_model(chain.run / "saved_model"), tmp_path / "web")
    assert graph_summary(tmp_path / "web") == {"operators": dict(model.operators), "size_bytes": model.size_bytes}


def test_what_is_not_installed_is_said_with_what_installs_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match="make peers-tfjs"):
        convert_officially(tmp_path, tmp_path / "out", "core", tmp_path / "none")
    with pytest.raises(MissingDependencyError, match=r"pip install .playwright|apt-get install|npm install"):
        check_installed(tmp_path / "node_modules", str(tmp_path / "no-chromium"))


def test_too_few_page_loads_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = [
        "experiment",
        "tfjs",
        str(tmp_path),
        "--official",
        str(tmp_path),
        "--out",
        str(tmp_path / "r.json"),
        "--loads",
        "1",
    ]
    assert main(words) == 2
    assert "an interval needs 2 page loads" in capsys.readouterr().err
