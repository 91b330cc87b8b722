"""Sliders are moved in a real browser, and the figure changes as it should."""

import base64
import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from .conftest import PICTURES, ROOT

PATIENCE = 300_000  # [ms] for a notebook to come to its sliders
QUICK = 30_000  # [ms] for a figure to change
READ = """async (image) => {
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}"""

ALL_RUN = "![...document.querySelectorAll('.jp-InputPrompt')].some(prompt => prompt.textContent.includes('*'))"


class Moved:
    """The sliders of an open notebook: what they show, and how they are moved."""

    def __init__(self, page, lab, name):
        (path,) = (ROOT / "notebooks").glob(f"{name}_*.ipynb")
        # a workspace of its own: JupyterLab would open what another test left, and the menu might run that
        page.goto(f"{lab}/lab/workspaces/{path.stem}/tree/{path.name}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE)
        self.page, self.stem = page, path.stem
        self.idle()  # without a kernel nothing would run
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        self.box = page.locator(".widget-vbox", has=page.locator("img.widget-image")).first
        self.image = self.box.locator("img.widget-image")
        self.image.wait_for(timeout=PATIENCE)
        page.wait_for_function(ALL_RUN, timeout=PATIENCE)  # sliders wait behind the cells below them

    def idle(self):
        self.page.get_by_text(re.compile(r"\| Idle$")).first.wait_for(timeout=PATIENCE)

    def picture(self):
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(self.image.evaluate(READ)))).convert("RGB"), dtype=int)

    def words(self):
        return self.box.locator(".widget-html-content").last.inner_text()

    def control(self, label):
        return self.box.locator(".widget-inline-hbox", has=self.page.locator("label", has_text=re.compile(f"^{label}")))

    def slide(self, label, key, times):
        handle = self.control(label).locator(".noUi-handle")
        handle.focus()
        self._changed(lambda: [handle.press(key) for _ in range(times)])

    def choose(self, label, option):
        self._changed(lambda: self.control(label).locator("select").select_option(label=option))

    def _changed(self, move):
        """Carry out a move, and wait until the picture is another one and stays so."""
        before, source, begin = self.picture(), self.image.get_attribute("src"), time.perf_counter()
        move()
        self.page.wait_for_function(
            "([image, source]) => image.src !== source", arg=[self.image.element_handle(), source], timeout=QUICK
        )
        self.seconds = time.perf_counter() - begin
        for _ in range(3):  # a key pressed often is redrawn more than once
            self.idle()
            self.page.wait_for_timeout(500)
        after = self.picture()
        assert after.shape == before.shape and (after != before).any(axis=-1).mean() > 0.001

    def keep(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.image.scroll_into_view_if_needed()
        self.page.screenshot(path=PICTURES / f"{self.stem}_{name}.png")


def number(pattern, words):
    return float(re.search(pattern, words)[1])


@pytest.fixture
def opened(page, lab):
    return lambda name: Moved(page, lab, name)


def test_an_earlier_scan_and_more_swelling_give_more_pseudo_progression(opened):
    moved = opened("07")
    false = r"first scan on day {}: (\d+) of \d+ pseudo-progressions"
    moved.keep("0_begin")
    moved.slide("first scan", "End", 1)
    late = number(false.format(56), moved.words())
    moved.keep("1_late")
    moved.slide("first scan", "Home", 1)
    early = number(false.format(14), moved.words())
    moved.slide("oedema", "ArrowRight", 4)
    swollen = number(false.format(14), moved.words())
    moved.keep("2_early_and_swollen")
    assert late < early < swollen


def test_a_higher_dose_raises_the_risk_of_release_and_rescue_lowers_it(opened):
    moved = opened("08")
    risk = r"at the dose chosen: (\d+) %"
    moved.keep("0_begin")
    moved.slide("dose", "Home", 1)
    low = number(risk, moved.words())
    moved.slide("dose", "End", 1)
    high = number(risk, moved.words())
    moved.keep("1_high")
    moved.choose("rescue", "standard")
    rescued = number(risk, moved.words())
    moved.keep("2_rescued")
    assert low < high > rescued
