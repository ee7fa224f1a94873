"""Every page of the desk in Chromium against WCAG 2.2 AA: rules of axe-core, the keyboard, small screens, both themes.

axe-core is not part of the project. Its rules are skipped without it; with it:

    npm install --no-save axe-core && pytest tests/videogen_dagster/desk/test_accessibility.py

Screenshots go to the folder that VIDEOGEN_TEST_PICTURES names, if it does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.browser import Browser, needs_chromium
from tests.videogen_dagster.desk.house import PASSWORD, RELEASE, Bureau
from tests.videogen_dagster.desk.test_the_whole_way import publish_what_is_due, render, served

pytestmark = [needs_chromium, pytest.mark.timeout(600)]
AXE = Path(os.environ.get("VIDEOGEN_AXE", "node_modules/axe-core/axe.min.js"))
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
WIDE, TELEPHONE, NARROW = (1280, 900), (390, 844), (320, 640)
MORE_THAN_A_PAGE_HAS = 250
LONG = "\n\n".join(f"The ministry opened {number} wells in town {number}." for number in range(3, 9))


@dataclass
class Desk:
    """A desk with something in every state, and a browser whose visitor has all roles."""

    browser: Browser
    base: str
    pages: dict[str, str]

    def open(self, name: str, size: tuple[int, int] = WIDE, *, dark: bool = False) -> None:
        self.browser.show_as(size, dark=dark)
        path = self.pages[name]
        self.browser.open(self.base + path)
        wanted = json.dumps(path.partition("?")[0])
        self.browser.until(f"document.readyState === 'complete' && location.pathname === {wanted}")


@pytest.fixture(scope="module")
def desk(bureau: Bureau, clip: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    bureau.attempt(clip)
    author = bureau.visitor("asha").get("/new")
    author.send("/new/briefing", text=f"{RELEASE}\n{LONG}", formats="square", target="12")
    briefing = author.address.split("/item/")[1].split("/")[0]
    here, board = f"/item/{briefing}", f"/item/{briefing}/storyboard"
    author.send(board, ("do", "save"), why="a title of our own", **{"title.en": "Forty wells are open"})
    author.send(f"{here}/make")
    render(bureau, briefing)
    checker = bureau.visitor("ben").get(here)
    checker.send(f"{here}/comment", comment="Is this the right month?", at="0:01.5")
    checker.send(f"{here}/decide", ("do", "approve"), comment="It is")
    bureau.visitor("chitra").get(here).send(f"{here}/publish")
    assert publish_what_is_due(bureau) == [briefing]
    stranger = bureau.visitor().get("/check")
    stranger.upload("/check", [("file", ("mine.mp4", (bureau.folder / "clip.mp4").read_bytes()))])
    stranger.until_checked()
    bureau.desk.people.users.set_password("solo", PASSWORD, by=bureau.person("solo"))
    bureau.desk.indexer.refresh()
    pages = {
        "queue": "/", "new": "/new", "archive": "/archive", "admin": "/admin", "account": "/password",
        "check": "/check", "checked": stranger.address.split("3020")[1], "storyboard": board,
        "storyboard as YAML": f"{board}?mode=yaml", "history": f"{board}?mode=history", "review": here,
        "review of a clip": f"/item/{clip}", "compare": f"{here}/compare", "compare clips": f"/item/{clip}/compare",
        "published": f"{here}/published", "refused": "/item/20200101-000000000-nothing-00000000",
    }  # fmt: skip
    browser = Browser(tmp_path_factory.mktemp("browser"))
    try:
        with served(bureau) as base:
            made = Desk(browser, base, {"log-in": "/login", **pages})
            made.open("log-in")
            yield made
    finally:
        browser.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: npm install --no-save axe-core")
def test_axe_finds_nothing_on_any_page_light_or_dark_wide_or_narrow(desk: Desk) -> None:
    found: dict[str, list[str]] = {}
    for name in desk.pages:
        for size, dark in ((WIDE, False), (WIDE, True), (TELEPHONE, False)):
            desk.open(name, size, dark=dark)
            _picture(desk, f"{name} {size[0]}{' dark' if dark else ''}")
            if faults := _axe(desk.browser):
                found[f"{name}, {size[0]} pixels{', dark' if dark else ''}"] = faults
        if name == "log-in":
            _log_in(desk)
    assert not found, json.dumps(found, indent=1)


def test_everything_can_be_reached_by_the_tab_key_and_is_seen_there(desk: Desk) -> None:
    _log_in(desk)
    found: dict[str, list[str]] = {}
    for name in list(desk.pages)[1:]:
        desk.open(name)
        if faults := _walked(desk.browser):
            found[name] = faults
    assert not found, json.dumps(found, indent=1)


def test_no_page_has_to_be_scrolled_sideways_on_a_small_screen(desk: Desk) -> None:
    _log_in(desk)
    wide = {}
    for name in list(desk.pages)[1:]:
        desk.open(name, NARROW)
        wide[name] = desk.browser.evaluate(_TOO_WIDE)
    assert {name: elements for name, elements in wide.items() if elements} == {}


def _log_in(desk: Desk) -> None:
    desk.browser.open(desk.base + "/login")
    desk.browser.until("document.readyState === 'complete' && ['/', '/login'].includes(location.pathname)")
    if desk.browser.evaluate("location.pathname") == "/":
        return
    for field, text in (("name", "solo"), ("password", PASSWORD)):
        desk.browser.evaluate(f"document.querySelector('#{field}').value = {json.dumps(text)}")
    desk.browser.click("Log in")
    desk.browser.until("document.readyState === 'complete' && location.pathname === '/'")


def _axe(browser: Browser) -> list[str]:
    browser.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": LEVELS}, "rules": {"target-size": {"enabled": True}}}
    faults = browser.evaluate(
        f"axe.run(document, {json.dumps(options)}).then(r => r.violations.flatMap(v => v.nodes.map("
        "n => v.id + ': ' + n.target.join(' ') + ' — ' + n.failureSummary.replace(/\\s+/g, ' '))))"
    )
    return [fault[:400] for fault in faults]


def _walked(browser: Browser) -> list[str]:
    """What is wrong with the elements that the Tab key leads to: not seen, hidden behind another, or never reached."""
    faults: list[str] = []
    reached = 0
    browser.evaluate("window.reached = new Set(); window.scrollTo(0, 0); document.activeElement.blur()")
    for _ in range(MORE_THAN_A_PAGE_HAS):
        browser.press("Tab")
        told = browser.evaluate(_FOCUSED)
        if told is None:
            break
        reached += 1
        faults += [told] if told else []
    else:
        faults.append("the Tab key never leaves the page")
    missed = browser.evaluate(_MISSED)
    assert reached, "the Tab key leads nowhere"
    return faults + [f"not reached: {one}" for one in missed]


_FOCUSED = """(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  if (window.reached.has(e)) return e === window.latest ? '' : null;  // a field of several parts, or once around
  window.latest = e;
  window.reached.add(e);
  const name = e.outerHTML.slice(0, 120), box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (box.width < 1 || box.height < 1) return 'has no size: ' + name;
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return 'shows no focus: ' + name;
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const ys = [.1, .5, .9].map(part => box.top + box.height * part).filter(y => y > 0 && y < innerHeight);
  const seen = ys.some(y => { const at = document.elementFromPoint(x, y); return at && (at === e || e.contains(at) || at.contains(e)); });
  return seen ? '' : 'is hidden behind something: ' + name;
})()"""
_MISSED = """[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(e => {
  if (e.disabled || e.tabIndex < 0 || window.reached.has(e) || e.type === 'radio') return false;
  const box = e.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && e.checkVisibility();
}).map(e => e.outerHTML.slice(0, 120))"""

_TOO_WIDE = """document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *, header *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, .diff')).map(e => e.outerHTML.slice(0, 120))"""


def _picture(desk: Desk, name: str) -> None:
    if folder := os.environ.get("VIDEOGEN_TEST_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        desk.browser.picture(Path(folder) / f"{name.replace(' ', '_')}.png")
