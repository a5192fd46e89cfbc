"""The page in a real browser: every control works, nothing is drawn in vain, nobody is shut out.

They need Chromium and its driver (Debian: chromium, chromium-driver); ``make browser-test`` gets
both. With NURTURE_REPORT they run on that page instead of on a small one made here.
"""

import base64
import io
import json
import os
import shutil
import zlib
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from nurture.report.outline import report

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (BROWSER and DRIVER):
    pytest.skip("needs chromium and chromium-driver: make browser-test", allow_module_level=True)

# Only the rules of axe-core are wanted of this package, not what would drive another browser.
AXE = Path(find_spec("axe_playwright_python").submodule_search_locations[0], "axe.min.js")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-dev-shm-usage",
)
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESKTOP = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
SECONDS = 20


@pytest.fixture(scope="module")
def address(run, tmp_path_factory):
    given = os.environ.get("NURTURE_REPORT")
    path = Path(given) if given else tmp_path_factory.mktemp("page") / "report.html"
    if not given:
        path.write_text(report(run), encoding="utf-8")
    return path.resolve().as_uri()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(600)  # axe-core on the thousands of parts of a whole report
    yield driver
    driver.quit()


@pytest.fixture
def page(chromium, address):
    return visit(chromium, address, DESKTOP)


def visit(driver, address, screen, scheme="light"):
    still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    still += [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": still})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.get(address)
    drawn = "return [...document.querySelectorAll('.chart')].every((one) => one.dataset.drawn)"
    WebDriverWait(driver, SECONDS).until(lambda d: d.execute_script(drawn))
    return driver


def by_id(page, name):
    return page.find_element(By.ID, name)


def text_of(page, name):
    return by_id(page, name).get_attribute("textContent")


def choose(page, name, position):
    """Choose from a menu as a person does, and say what was chosen."""
    menu = Select(by_id(page, name))
    menu.select_by_index(position % len(menu.options))
    return menu.first_selected_option.get_attribute("textContent")


def faces_in(page, name):
    """What each face in an element is called, and which part of its picture it shows."""
    script = """
      return [...document.getElementById(arguments[0]).querySelectorAll('.face')].map((face) => {
        const { backgroundPosition, backgroundImage } = getComputedStyle(face);
        return [face.getAttribute('aria-label'), backgroundPosition, backgroundImage.length];
      });"""
    return page.execute_script(script, name)


def marks(page, name):
    """Shapes that a chart draws: their paths."""
    script = """
      return [...document.getElementById(arguments[0]).querySelectorAll('svg path')]
        .map((one) => (one.getAttribute('d') ?? '') + (one.getAttribute('transform') ?? ''));"""
    return page.execute_script(script, name)


def wait_until_changed(page, read, before):
    WebDriverWait(page, SECONDS).until(lambda _: read() != before)


def test_every_picture_and_chart_is_drawn(page):
    script = "return [...document.images].map((one) => [one.alt, one.complete && one.naturalWidth])"
    pictures = page.execute_script(script)
    assert pictures
    assert all(width > 0 and alt for alt, width in pictures)
    for name in ("explorer-tuning", "explorer-map", "identification-chart"):
        assert len(marks(page, name)) > 3, name
    assert all(length > 100 for _, _, length in faces_in(page, "main"))


def test_nothing_is_logged_while_every_control_is_used(page):
    page.get_log("browser")
    for menu in page.find_elements(By.CSS_SELECTOR, "main select"):
        if menu.is_displayed():
            choose(page, menu.get_attribute("id"), -1)
    by_id(page, "identification-level").send_keys(Keys.ARROW_RIGHT)
    for button in page.find_elements(By.CSS_SELECTOR, "main button"):
        if button.is_enabled() and button.is_displayed():
            page.execute_script("arguments[0].click()", button)
    visit(page, page.current_url, PHONE)
    assert page.get_log("browser") == []


def test_the_slider_changes_the_face_and_the_answers(page):
    slider = by_id(page, "identification-level")
    slider.send_keys(Keys.HOME)
    before = faces_in(page, "identification-face"), text_of(page, "identification-answers")
    curve = marks(page, "identification-chart")
    slider.send_keys(Keys.END)
    after = faces_in(page, "identification-face"), text_of(page, "identification-answers")
    assert after[0][0][0] != before[0][0][0]
    assert after[0][0][1] != before[0][0][1]
    assert after[1] != before[1]
    first, second = Select(by_id(page, "identification-continuum")).options[0].text.split("-")
    single = page.find_elements(By.CSS_SELECTOR, "#identification-answers td:nth-child(2)")
    assert {cell.text for cell in single} <= {first, second, "no answer"}
    assert slider.get_attribute("aria-valuetext") == f"100 % {second}"
    assert f"100 % {second}" in after[0][0][0]
    wait_until_changed(page, lambda: marks(page, "identification-chart"), curve)


def test_another_continuum_has_other_faces_and_curves(page):
    before, curve = faces_in(page, "identification-face"), marks(page, "identification-chart")
    chosen = choose(page, "identification-continuum", 1)
    assert faces_in(page, "identification-face") != before
    first, second = chosen.split("-")
    assert (text_of(page, "identification-first"), text_of(page, "identification-second")) == (
        first,
        second,
    )
    assert f"all faces: {second}" in text_of(page, "identification-answers")
    wait_until_changed(page, lambda: marks(page, "identification-chart"), curve)


def test_another_person_has_another_face_and_the_same_curves(page):
    def shares():
        cells = page.find_elements(By.CSS_SELECTOR, "#identification-answers td:nth-child(3)")
        return [cell.text for cell in cells]

    before, of_all = faces_in(page, "identification-face"), shares()
    choose(page, "identification-person", 1)
    assert faces_in(page, "identification-face") != before
    assert shares() == of_all


def test_the_explorer_shows_another_unit(page):
    before = text_of(page, "explorer-status"), faces_in(page, "explorer-most")
    curve = marks(page, "explorer-tuning")
    by_id(page, "explorer-next").click()
    chosen = Select(by_id(page, "explorer-unit")).first_selected_option.text
    assert chosen in text_of(page, "explorer-status")
    assert text_of(page, "explorer-status") != before[0]
    assert chosen.split(",")[0].removeprefix("unit ") in text_of(page, "explorer-table")
    wait_until_changed(page, lambda: marks(page, "explorer-tuning"), curve)
    by_id(page, "explorer-back").click()
    assert (text_of(page, "explorer-status"), faces_in(page, "explorer-most")) == before


def test_the_explorer_lists_selective_units_first(page):
    groups = page.find_elements(By.CSS_SELECTOR, "#explorer-unit optgroup")
    labels = [group.get_attribute("label") for group in groups]
    assert labels[0].startswith("selective: ")
    assert "selective for expression" in text_of(page, "explorer-status")
    choose(page, "explorer-unit", -1)
    assert "not selective" in text_of(page, "explorer-status")


def test_the_explorer_changes_network_and_layer(page):
    network = choose(page, "explorer-network", 1)
    assert text_of(page, "explorer-status").startswith(f"{network}, ")
    layer = choose(page, "explorer-layer", 0).split(" (")[0]
    assert text_of(page, "explorer-status").startswith(f"{network}, {layer}: ")


def test_faces_of_a_unit_are_named_with_their_responses(page):
    for name in ("explorer-most", "explorer-least"):
        items = page.find_elements(By.CSS_SELECTOR, f"#{name} li")
        assert len(items) == len(faces_in(page, name)) > 0
        assert all("response" in item.text for item in items)


def test_confusions_of_another_network_and_other_observers(page):
    titles = [text_of(page, f"confusion-of-{who}") for who in ("network", "observers")]
    network = choose(page, "confusion-network", 1)
    observers = choose(page, "confusion-observers", -1)
    assert network in text_of(page, "confusion-of-network")
    assert observers in text_of(page, "confusion-of-observers")
    assert [text_of(page, f"confusion-of-{who}") for who in ("network", "observers")] != titles
    assert len(page.find_elements(By.CSS_SELECTOR, "#confusion-of-network td")) == 36
    assert "r = " in text_of(page, "confusion-status")


def test_the_sheet_is_leafed_through(page):
    before = faces_in(page, "sheet-table")
    by_id(page, "sheet-next").click()
    assert "Rows 7 to" in text_of(page, "sheet-status")
    assert faces_in(page, "sheet-table") != before
    by_id(page, "sheet-back").click()
    assert faces_in(page, "sheet-table") == before


def test_every_set_of_faces_can_be_chosen(page):
    seen = []
    for i in range(len(Select(by_id(page, "sheet-set")).options)):
        choose(page, "sheet-set", i)
        shown = faces_in(page, "sheet-table")
        assert shown
        seen.append((by_id(page, "sheet-part").is_displayed(), json.dumps(shown)))
    assert len(set(seen)) == len(seen)
    assert {parts for parts, _ in seen} == {True, False}


def test_a_link_opens_its_table(page):
    link = page.find_element(By.CSS_SELECTOR, "#units a.to-table")
    table = by_id(page, link.get_attribute("hash")[1:])
    assert table.get_attribute("open") is None
    page.execute_script("arguments[0].click()", link)
    WebDriverWait(page, SECONDS).until(lambda _: table.get_attribute("open") is not None)
    assert table.find_element(By.CSS_SELECTOR, "td").is_displayed()


def _opened(page, name):
    """Open a table; return its columns, top to bottom, by their heads."""
    details = by_id(page, f"table-{name}")
    page.execute_script("arguments[0].open = true", details)
    WebDriverWait(page, SECONDS).until(lambda _: details.find_elements(By.TAG_NAME, "tbody"))
    return details


def _column(details, position):
    cells = details.find_elements(By.CSS_SELECTOR, f"tbody td:nth-child({position + 1})")
    return [cell.get_attribute("textContent") for cell in cells]


def _held(page, name):
    """A file that the page holds."""
    text = page.execute_script("return document.getElementById(arguments[0]).text", f"file-{name}")
    return zlib.decompress(base64.b64decode(text))


def test_a_table_is_drawn_as_its_download_has_it(page):
    details = _opened(page, "confusion")
    table = pd.read_csv(io.BytesIO(_held(page, "confusion.csv")), dtype=str)
    heads = [one.text for one in details.find_elements(By.CSS_SELECTOR, "thead button")]
    assert heads == list(table)
    shown = min(100, len(table))
    for i, name in enumerate(table):
        if not pd.to_numeric(table[name], errors="coerce").notna().any():
            assert _column(details, i) == table[name].fillna("").tolist()[:shown]
    text = details.find_element(By.CSS_SELECTOR, "p[role=status]").text
    assert text == f"{shown} of {len(table):,} rows"


def test_cells_are_text_with_commas_quotes_and_tags(page):
    rows = [["a", 'say "b", <b>bold</b>'], ["1.23456", ""], ["1e-7", "x\r\ny"]]
    text = "name,note\r\n" + "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows
    )
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    script = """
      const link = document.querySelector('#tables details a.download');
      document.getElementById(`file-${link.dataset.file}`).text = arguments[0];
      link.closest('details').id = 'table-made-up';"""
    page.execute_script(script, packed)
    details = _opened(page, "made-up")
    assert [_column(details, 0), _column(details, 1)] == [list(i) for i in zip(*rows, strict=True)]
    assert details.find_elements(By.TAG_NAME, "b") == []


def test_a_table_is_sorted_and_searched(page):
    details = _opened(page, "confusion")
    head = details.find_elements(By.CSS_SELECTOR, "thead button")
    [share] = [i for i, one in enumerate(head) if one.text in ("share", "proportion")]
    page.execute_script("arguments[0].click(); arguments[0].click()", head[share])
    values = [float(value) for value in _column(details, share) if value]
    assert values == sorted(values, reverse=True)
    details.find_element(By.CSS_SELECTOR, "input").send_keys("anger fear")
    rows = details.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert rows
    assert all("anger" in row.text and "fear" in row.text for row in rows)


ADDRESSES = [
    pytest.param("explorer-next", "unit", ["explorer-status"], id="unit"),
    pytest.param("confusion-observers", "matrix", ["confusion-status"], id="matrix"),
    pytest.param("identification-level", "morph", ["identification-caption"], id="morph"),
]


@pytest.mark.parametrize(("control", "kind", "parts"), ADDRESSES)
def test_what_is_shown_has_an_address(page, address, control, kind, parts):
    element = by_id(page, control)
    if element.tag_name == "select":
        choose(page, control, -1)
    elif element.tag_name == "input":
        element.send_keys(Keys.HOME)
    else:
        page.execute_script("arguments[0].click()", element)
    shown, link = [text_of(page, part) for part in parts], page.current_url
    assert f"#{kind}=" in link
    visit(page, "about:blank", DESKTOP)
    visit(page, address, DESKTOP)
    assert [text_of(page, part) for part in parts] != shown
    visit(page, "about:blank", DESKTOP)
    visit(page, link, DESKTOP)
    assert [text_of(page, part) for part in parts] == shown


@pytest.mark.parametrize(
    "end", ["unit=nobody/nowhere/1", "unit=%", "matrix=", "morph=a/b/c", "x=1"]
)
def test_an_address_of_nothing_does_no_harm(page, address, end):
    before = text_of(page, "explorer-status")
    page.get_log("browser")
    visit(page, "about:blank", DESKTOP)
    visit(page, f"{address}#{end}", DESKTOP)
    assert text_of(page, "explorer-status") == before
    assert page.get_log("browser") == []


def test_a_download_is_saved_as_the_table_that_it_holds(page, tmp_path):
    page.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    link = page.find_element(By.CSS_SELECTOR, "a.download")
    saved = tmp_path / link.get_attribute("download")
    page.execute_script("arguments[0].click()", link)
    WebDriverWait(page, SECONDS).until(lambda _: saved.is_file() and saved.stat().st_size)
    assert saved.read_bytes() == _held(page, saved.name)


def _drawn(page):
    """Wait until every figure is unpacked and shown."""
    ready = "return [...document.querySelectorAll('main img')].every((one) => one.naturalWidth)"
    WebDriverWait(page, SECONDS).until(lambda _: page.execute_script(ready))


def test_every_figure_can_be_saved(page):
    _drawn(page)
    pictures = [one.get_attribute("src") for one in page.find_elements(By.CSS_SELECTOR, "main img")]
    links = page.find_elements(By.CSS_SELECTOR, "figure a.svg")
    assert [link.get_attribute("href") for link in links] == pictures
    assert all(link.is_displayed() for link in links)


def test_a_figure_is_saved_in_300_dpi(page, tmp_path):
    page.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    _drawn(page)
    link = page.find_element(By.CSS_SELECTOR, "figure a.png")
    width = "return arguments[0].closest('figure').querySelector('img').naturalWidth"
    saved = tmp_path / link.get_attribute("download")
    page.execute_script("arguments[0].click()", link)
    WebDriverWait(page, SECONDS).until(lambda _: saved.is_file() and saved.stat().st_size)
    with Image.open(saved) as picture:
        assert picture.width == round(page.execute_script(width, link) * 300 / 96)


def test_the_page_is_light_enough_to_open(page):
    assert page.execute_script("return document.querySelectorAll('*').length") < 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(chromium, address, screen, scheme):
    page = visit(chromium, address, screen, scheme)
    for part in page.find_elements(By.CSS_SELECTOR, "#explorer details, #paper details"):
        page.execute_script("arguments[0].open = true", part)
    page.execute_script("document.querySelector('#tables details').open = true")
    page.execute_script(AXE.read_text(encoding="utf-8"))
    found = page.execute_async_script(
        "axe.run().then((r) => arguments[0](r.violations), (e) => arguments[0](String(e)))"
    )
    assert isinstance(found, list), found
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("width", [390, 320, 820])
def test_the_page_never_scrolls_sideways(chromium, address, width):
    page = visit(chromium, address, {**PHONE, "width": width})
    page.execute_script("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    widths = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert page.execute_script(widths) == [width, width]


def test_everything_is_reached_by_keyboard(page):
    page.execute_script("document.activeElement.blur()")
    reached = set()
    body = page.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert page.switch_to.active_element.get_attribute("class") == "skip"
    for _ in range(200):  # past the downloads of every figure
        page.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(page.switch_to.active_element.get_attribute("id"))
    assert {
        "sheet-set",
        "sheet-next",
        "explorer-network",
        "explorer-unit",
        "explorer-next",
    } <= reached
    assert {"confusion-network", "confusion-observers", "identification-level"} <= reached


def test_the_page_prints_without_its_menus(page):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not page.find_element(By.TAG_NAME, "nav").is_displayed()
    assert not by_id(page, "explorer-next").is_displayed()
    assert by_id(page, "methods").is_displayed()
