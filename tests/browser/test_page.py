"""Promises of the page to people: every way in works, also by keyboard, on a phone, in the dark, without a network."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from convert.web.chromium import BrowserSession
from edge_app.common.errors import ConversionError
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import read_photograph
from tests.browser.conftest import python_serves, wait_until_ready
from tests.conftest import Chain

# Effective colours of every text that can be seen: the text's own, and the nearest opaque ground behind it.
CONTRASTS = """() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = [red, green, blue].map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() && !node.disabled
    && node.tagName !== "OPTION" && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
  return texts.map((node) => {
    const [one, other] = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    return [node.id || node.className || node.tagName, (one + 0.05) / (other + 0.05)];
  });
}"""

DROP = """([kind, text, name]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  if (name) data.items.add(new File([bytes], name, { type: "image/jpeg" }));
  else data.setData("text/plain", "no file");
  const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("#stage").dispatchEvent(event);
}"""


def label_of(chain: Chain, path: Path) -> str:
    return Classifier(chain.models / "tiny-int8.tflite").classify(read_photograph(path)).label


def wait_for(page: Any, name: str) -> None:
    page.wait_for_function("(name) => document.querySelector('#picture').dataset.file === name", arg=name)


def test_a_chosen_file_is_classified_and_timed(page: Any, chain: Chain, full_size: list[Path]) -> None:
    for path in (full_size[0], full_size[-1]):
        page.set_input_files("#file", path)
        wait_for(page, path.name)
        assert page.inner_text("#label") == label_of(chain, path)
        names, scores = page.locator("#bars .name").all_inner_texts(), page.locator("#bars .score").all_inner_texts()
        assert set(names) == {"cat", "dog"}
        assert sum(float(score.split()[0]) for score in scores) == pytest.approx(100.0, abs=0.5)
        for stage in ("decode", "prepare", "invoke"):
            assert re.fullmatch(r"\d+\.\d ms", page.inner_text(f"#{stage}-ms"))


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_can_be_dropped_and_pasted(page: Any, chain: Chain, full_size: list[Path], kind: str) -> None:
    path = full_size[5]
    page.evaluate(DROP, [kind, base64.b64encode(path.read_bytes()).decode(), path.name])
    wait_for(page, path.name)
    assert page.inner_text("#label") == label_of(chain, path)


def test_what_is_no_picture_is_refused_in_a_sentence(page: Any, full_size: list[Path], tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("this is no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    for name, words in (("letter.jpg", "not a picture that this browser can decode"), ("empty.png", "is empty")):
        page.set_input_files("#file", tmp_path / name)
        expect(page.locator("#problem")).to_contain_text(f"{name} is" if name == "letter.jpg" else words)
        expect(page.locator("#problem")).to_contain_text(words)
    page.evaluate(DROP, ["drop", "", ""])
    expect(page.locator("#problem")).to_contain_text("That was not a file.")
    page.set_input_files("#file", full_size[0])  # the next good one takes the complaint away
    wait_for(page, full_size[0].name)
    expect(page.locator("#problem")).to_be_hidden()


def test_the_runtime_can_be_changed_and_answers_anew(page: Any, full_size: list[Path]) -> None:
    page.set_input_files("#file", full_size[0])
    wait_for(page, full_size[0].name)
    assert "scores come in steps of 0.4 %" in page.text_content("#size")
    page.select_option("#runtime", "tfjs-wasm")
    expect(page.locator("#about-runtime")).to_contain_text("floating point")
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
    assert "float32 weights" in page.text_content("#size")
    assert page.input_value("#runtime") == "tfjs-wasm"
    disabled = page.locator("#runtime option:disabled").all_inner_texts()
    assert disabled == ["TF.js · WebGPU (no WebGPU here)"]  # Chromium without a graphics card


def test_the_card_is_told_honestly(page: Any, chain: Chain) -> None:
    accuracy = Classifier(chain.models / "tiny-int8.tflite").card.accuracy
    assert accuracy is not None
    said = page.text_content("#accuracy")
    for number in (accuracy.top1, accuracy.low, accuracy.high):
        assert f"{number * 100:.1f} %" in said
    assert f"{accuracy.photographs:,} photographs, test split of pets" in said
    low, high = accuracy.low * 100, accuracy.high * 100
    headline = f"{accuracy.top1 * 100:.1f} % right (95 % interval {low:.1f} % to {high:.1f} %) on"
    assert page.inner_text("#measured").startswith(headline)
    assert page.text_content("#threshold").startswith("never")


def test_everything_is_reached_by_keyboard_in_the_order_of_the_page(page: Any) -> None:
    page.on("filechooser", lambda _: None)  # Playwright waits for nobody when it begins to listen: begin in time
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.tagName"))
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px"
    assert reached == ["choose", "camera", "why", "runtime", "SUMMARY"]
    page.keyboard.press("Enter")
    assert page.is_visible("#accuracy")
    page.focus("#choose")
    with page.expect_file_chooser():
        page.keyboard.press("Enter")
    page.focus("#runtime")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#about-runtime")).to_contain_text("floating point")


def test_controls_have_names_and_answers_are_announced(page: Any, full_size: list[Path]) -> None:
    for role, name in (("button", "Choose a photo"), ("button", "Start the camera"), ("combobox", "Runtime")):
        assert page.get_by_role(role, name=name).count() == 1
    page.set_input_files("#file", full_size[0])
    wait_for(page, full_size[0].name)
    status = page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"
    assert status.inner_text().startswith(page.inner_text("#label"))
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(page: Any, full_size: list[Path], dark: bool) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.click("summary")
    found = page.evaluate(CONTRASTS)
    page.set_input_files("#file", full_size[0])
    wait_for(page, full_size[0].name)
    page.evaluate(
        "() => Object.assign(document.querySelector('#problem'), { hidden: false, textContent: 'what went wrong' })"
    )
    found += page.evaluate(CONTRASTS)
    page.evaluate("() => { document.querySelector('#result').dataset.state = 'neither'; }")
    found += page.evaluate(CONTRASTS)
    page.emulate_media(color_scheme="light")
    assert len(found) > 40
    assert {name: ratio for name, ratio in found if ratio < 4.5} == {}


@pytest.mark.parametrize("width", [320, 360, 820])
def test_nothing_is_wider_than_a_phone(page: Any, full_size: list[Path], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.set_input_files("#file", full_size[0])
    wait_for(page, full_size[0].name)
    expect(page.locator("#caption")).to_be_visible(visible=width < 800)
    page.click("summary")
    page.evaluate("() => { document.querySelector('#camera-options').hidden = false; }")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        "(width) => [...document.querySelectorAll('body *')].filter((node) => node.checkVisibility() && "
        "node.getBoundingClientRect().right > width + 0.5).map((node) => node.id || node.className)",
        width,
    )
    assert wide == []
    for control in ("#choose", "#camera", "#runtime"):
        assert page.locator(control).bounding_box()["height"] >= 44  # a finger's width


def test_those_who_want_less_motion_get_none(page: Any, full_size: list[Path]) -> None:
    page.set_input_files("#file", full_size[0])
    wait_for(page, full_size[0].name)
    duration = "() => getComputedStyle(document.querySelector('.fill')).transitionDuration"
    assert page.evaluate(duration) == "0.18s"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(duration) == "0s"
    page.emulate_media(reduced_motion="no-preference")


def test_pythons_own_server_is_enough_and_nothing_else_is_asked(
    session: BrowserSession, web: Path, full_size: list[Path]
) -> None:
    asked: list[str] = []
    with python_serves(web) as address:
        page = session.page.context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        wait_until_ready(page)
        for runtime in ("litert", "tfjs-wasm"):
            page.evaluate("async (id) => { await fieldlens.useRuntime(id); }", runtime)
        page.set_input_files("#file", full_size[0])
        wait_for(page, full_size[0].name)
        page.close()
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []
    assert session.foreign_requests == []


def test_the_page_itself_forbids_every_other_address(session: BrowserSession) -> None:
    """Not the test stands in the way here: the page's own policy does."""
    session.load()
    refused = session.page.evaluate(
        """async () => {
          const seen = new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.blockedURI), { once: true });
          });
          await fetch("https://example.org/photograph").catch(() => {});
          return seen;
        }"""
    )
    assert refused.startswith("https://example.org")
    assert session.foreign_requests == []


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("bundle.json", "bundle.json is missing"),
        ("model_card.json", "model_card.json is missing"),
        ("runtime", "runtime/tfjs/tf-core.es2017.min.js is missing. Make the bundle again with fieldlens convert web."),
    ],
)
def test_a_bundle_that_lost_a_part_says_which(
    web: Path, tmp_path: Path, gone: str, words: str, open_beside: Callable[..., BrowserSession]
) -> None:
    broken = tmp_path / "web"
    shutil.copytree(web, broken)
    shutil.rmtree(broken / gone) if (broken / gone).is_dir() else (broken / gone).unlink()
    with pytest.raises(ConversionError, match=re.escape(words)), open_beside(broken):
        pass


def test_another_runtime_steps_in_for_a_missing_one(
    web: Path, tmp_path: Path, full_size: list[Path], open_beside: Callable[..., BrowserSession]
) -> None:
    broken = tmp_path / "web"
    shutil.copytree(web, broken)
    shutil.rmtree(broken / "runtime" / "litert")
    with open_beside(broken) as session:
        assert session.page.input_value("#runtime") == "tfjs-wasm"
        assert session.page.inner_text("#note").startswith("runtime/litert is missing.")
        session.page.set_input_files("#file", full_size[0])
        wait_for(session.page, full_size[0].name)


def test_a_page_opened_as_a_file_says_how_to_serve_it(web: Path, session: BrowserSession) -> None:
    """Browsers load no modules from file:// addresses, so the sentence is in the page itself."""
    page = session.page.context.new_page()
    page.goto((web / "index.html").as_uri())
    assert page.inner_text("#reason").startswith("If this stays, the page was opened as a file.")
    page.close()


def test_a_card_that_cannot_be_meant_is_refused(
    web: Path, tmp_path: Path, open_beside: Callable[..., BrowserSession]
) -> None:
    broken = tmp_path / "web"
    shutil.copytree(web, broken)
    card = broken / "model_card.json"
    card.write_text(card.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with (
        pytest.raises(ConversionError, match="its schema version is 2, but this page reads version 1"),
        open_beside(broken),
    ):
        pass


def test_see_through_pictures_are_told_apart(page: Any, tmp_path: Path) -> None:
    import cv2
    import numpy as np

    cv2.imwrite(str(tmp_path / "clear.png"), np.full((20, 20, 4), (10, 20, 30, 0), np.uint8))
    cv2.imwrite(str(tmp_path / "solid.png"), np.full((20, 20, 4), (10, 20, 30, 255), np.uint8))
    page.set_input_files("#file", tmp_path / "clear.png")
    wait_for(page, "clear.png")
    assert "transparent" in page.inner_text("#note")
    page.set_input_files("#file", tmp_path / "solid.png")
    wait_for(page, "solid.png")
    assert page.inner_text("#note") == ""
