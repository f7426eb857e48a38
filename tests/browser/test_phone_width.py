"""Promise of every page that the kit makes: a phone of 390 pixels shows it without scrolling sideways."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from convert.web.chromium import BrowserSession
from edge_app.model.starter import STARTER

PHONE = (390, 844)
NAME = "zwölfundzwanzigtausend_fotografierte_Haustiere_im_Vorgarten_der_Nachbarn"
LABELS = (
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "rouge-gorge familier à poitrine orange, au repos sur une branche",
    "Straßenkehrmaschine",
    "Ähre",
)
PHOTOGRAPHS_PER_CLASS = 40

# How far the page goes beyond the screen, and the names of what does.
BEYOND = """() => [
  Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth,
  [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 40)}`).slice(0, 5)]"""


@dataclass(frozen=True)
class Pages:
    """What was made, all of it with long names."""

    photographs: Path
    training: Path
    conversion: Path
    measurements: Path
    screening: Path
    comparison: Path
    web: Path
    int8: Path


def write_colours(folder: Path) -> Path:
    """Write a set that a toy learns in a few steps, a colour with grain per class; return the folder."""
    rng = np.random.default_rng(0)
    for place, label in enumerate(LABELS):
        (folder / label).mkdir(parents=True)
        hue = np.full((1, 1, 3), (45 * place, 255, 200), np.uint8)
        colour_bgr = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0]
        for number in range(PHOTOGRAPHS_PER_CLASS):
            grain = rng.normal(0.0, 20.0, (64, 64, 3)) + rng.uniform(-30.0, 30.0)
            picture = np.clip(colour_bgr + grain, 0, 255).astype(np.uint8)
            assert cv2.imwrite(str(folder / label / f"{number}.jpg"), picture)
    return folder


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Train, convert, measure and screen by the command lines."""
    from benchmarks.__main__ import main as bench
    from convert.__main__ import main as convert
    from train.__main__ import main as train

    root = tmp_path_factory.mktemp("phone")
    folder = write_colours(root / NAME)
    photographs = str(folder)
    run, models = root / "runs" / NAME, root / "models" / NAME
    recipe = ["--recipe", "tiny", "--validation", "split", "--epochs", "8"]
    assert train([photographs, *recipe, "--out", str(run)]) == 0
    assert train(["screen", photographs, "--run", str(run), "--out", str(root / "screening")]) == 0
    assert convert([str(run), "--out", str(models), "--recipes", "float32,int8"]) == 0
    web = [
        sys.executable,
        "-m",
        "convert",
        "web",
        str(models),
    ]  # a process of its own: Playwright allows one per thread
    subprocess.run(web, check=True)
    int8 = models / f"{NAME}-int8.tflite"
    quick = ["--rounds", "1", "--runs", "5", "--seconds", "0.01", "--all-photos"]
    assert bench([str(int8), "--photos", photographs, *quick, "--out", str(root / "results" / NAME)]) == 0
    report = root / "measurements.html"
    assert bench(["report", "--results", str(root / "results"), "--out", str(report)]) == 0
    screening, compared = root / "screening" / "screening.html", root / "compared"
    both = [str(int8.with_name(f"{NAME}-float32.tflite")), str(int8)]
    assert bench(["compare", *both, "--photos", photographs, "--all-photos", "--out", str(compared)]) == 0
    comparison = compared / "comparison.html"
    return Pages(
        folder, run / "report.html", models / "report.html", report, screening, comparison, models / "web", int8
    )


@pytest.fixture(scope="module")
def phone(open_beside: Callable[..., BrowserSession], pages: Pages) -> Iterator[BrowserSession]:
    """A browser of the size of a phone, with the page of the bundle."""
    with open_beside(pages.web, viewport=PHONE) as opened:
        yield opened


@contextmanager
def live(model: Path) -> Iterator[str]:
    """The app with `--web`; yields the address that it prints."""
    words = [str(model), "--source", "demo", "--demo-fps", "5", "--no-window", "--web", "0"]
    command = [sys.executable, "-u", "-m", "edge_app", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as app:
        try:
            assert app.stdout is not None
            for line in app.stdout:
                if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
                    yield address[0]
                    return
            pytest.fail("the app printed no address")
        finally:
            app.terminate()


def assert_fits(page: Any, *shown: str) -> None:
    """Assert that the page shows these words, and nothing of itself beyond the screen."""
    assert page.evaluate("innerWidth") == PHONE[0]
    words = page.inner_text("body")
    for one in shown:
        assert one in words
    beyond, what = page.evaluate(BEYOND)
    assert beyond <= 0, what


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("training", (NAME, *LABELS, "Augmented training photographs")),
        ("conversion", (f"Use {NAME}-int8.tflite: ", *LABELS, "McNemar")),
        ("measurements", (f"{NAME}-int8.tflite", "Latency")),
        ("screening", (NAME, *LABELS)),
        ("comparison", (f"{NAME}-int8.tflite beside", *LABELS)),
    ],
)
def test_a_report_fits_a_phone(phone: BrowserSession, pages: Pages, report: str, words: tuple[str, ...]) -> None:
    phone.page.goto(getattr(pages, report).as_uri())
    assert_fits(phone.page, *words)


def test_plots_of_a_report_fit_a_phone_whole(phone: BrowserSession, pages: Pages) -> None:
    """But for the confusion matrix: with many classes its numbers would be too small to read."""
    for report, least in ((pages.training, 4), (pages.conversion, 1), (pages.measurements, 1)):
        phone.page.goto(report.as_uri())
        plots = phone.page.locator(".picture img")
        cut = [
            plot.get_attribute("alt")
            for plot in plots.all()
            if plot.evaluate("(node) => node.getBoundingClientRect().right > innerWidth")
        ]
        assert plots.count() >= least
        assert [alt for alt in cut if not (alt or "").startswith("confusion matrix")] == []


def test_the_page_of_the_bundle_fits_a_phone(phone: BrowserSession, pages: Pages) -> None:
    phone.load()
    phone.page.set_input_files("#file", pages.photographs / LABELS[0] / "0.jpg")
    phone.page.wait_for_function("() => document.querySelectorAll('#bars li').length > 1")
    phone.page.evaluate("() => document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    assert_fits(phone.page, NAME, *LABELS, "95 % interval")


def test_the_live_page_fits_a_phone(phone: BrowserSession, pages: Pages) -> None:
    with live(pages.int8) as address:
        phone.page.goto(address)
        phone.page.wait_for_function("() => document.querySelectorAll('#bars li').length > 1")
        assert_fits(phone.page, f"{NAME}-int8.tflite", "frame to label", *LABELS)
        phone.page.goto("about:blank")


def test_the_live_page_explains_a_label_by_keyboard_on_a_phone(phone: BrowserSession) -> None:
    page = phone.page
    with live(STARTER) as address:
        page.goto(address)
        page.wait_for_function("() => document.querySelectorAll('#bars li').length > 1")
        page.focus("#why")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.getElementById('heat').naturalWidth > 0")
        assert_fits(page, "Close", "log-odds", "The map shows where covering the picture changes the score.")
        page.keyboard.press("Enter")
        assert not page.is_visible("#explanation")
        assert page.inner_text("#why") == "Why?"
        page.goto("about:blank")
