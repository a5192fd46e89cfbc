"""A session as an observer goes through it, in a real browser.

An observer with a planted confusion matrix answers by keys and by touch, reloads, closes the
window, and finds no server at the end. Needs Chromium and its driver: make browser-test.
"""

import csv
import io
import json
import shutil
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nurture.core.expressions import EXPRESSIONS

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (BROWSER and DRIVER):
    pytest.skip("needs chromium and chromium-driver: make browser-test", allow_module_level=True)

AXE = Path(find_spec("axe_playwright_python").submodule_search_locations[0], "axe.min.js")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-dev-shm-usage",
)
SECONDS = 60
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture
def browser(tmp_path):
    """Open browsers of one profile and one folder for downloads, one after another."""
    opened = []

    def start():
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
            options.add_argument(flag)
        options.add_experimental_option(
            "prefs", {"download.default_directory": str(tmp_path / "downloads")}
        )
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        opened.append(webdriver.Chrome(options=options, service=Service(DRIVER)))
        return opened[-1]

    yield start
    for driver in opened:
        driver.quit()


STATE = """
  const buttons = [...document.querySelectorAll('#experiment button:not(:disabled)')];
  return {
    buttons: buttons.map((one) => one.textContent),
    image: document.querySelector('img.face')?.getAttribute('src') ?? null,
    check: document.querySelector('.check')?.textContent ?? null,
    heading: document.querySelector('h1')?.textContent ?? null,
  };"""


def state(driver):
    return driver.execute_script(STATE)


def wait_for(driver, what):
    def find(_):
        now = state(driver)
        return now if what(now) else None

    return WebDriverWait(driver, SECONDS, poll_frequency=0.02).until(find)


def press(driver, place):
    ActionChains(driver, duration=0).send_keys(str(place)).perform()


def click(driver, label):
    wait_for(driver, lambda s: label in s["buttons"])
    script = """
      const all = [...document.querySelectorAll('button')];
      all.find((one) => one.textContent === arguments[0]).click();"""
    driver.execute_script(script, label)


def rows_kept(driver):
    script = """
      const [key] = Object.keys(localStorage).filter((one) => /^nurture-[0-9a-f]+$/.test(one));
      return key ? JSON.parse(localStorage[key]).rows : [];"""
    return driver.execute_script(script)


class Observer:
    """Answers trials as `choose` says, until so many answers are kept or a heading is shown."""

    def __init__(self, experiment, choose):
        self.labels, self.choose = experiment.labels, choose
        self.shown = []

    def go(self, driver, until=None):
        done = len(rows_kept(driver))
        while until is None or done < until:
            now = wait_for(driver, lambda s: s["buttons"])
            words = [one[1:] for one in now["buttons"] if one[0].isdigit()]
            if not words:
                if now["heading"] == "Thank you":
                    return
                click(driver, now["buttons"][0])
                before = now["heading"]
                wait_for(
                    driver, lambda s, before=before: s["heading"] != before or not s["buttons"]
                )
                continue
            answer = self._answer(now, words)
            place = words.index(answer) + 1
            if done % 3:
                press(driver, place)
            else:
                driver.execute_script(
                    "document.querySelector(`[data-choice='${arguments[0]}']`).click()", place - 1
                )
            done += 1
            kept = done
            WebDriverWait(driver, SECONDS, poll_frequency=0.02).until(
                lambda d, kept=kept: len(rows_kept(d)) >= kept
            )

    def _answer(self, now, words):
        if now["check"]:
            return now["check"].rsplit(" ", 1)[1]
        _, name, file = now["image"].split("/")
        row = self.labels[name].iloc[int(file.removesuffix(".png"))]
        return self.choose(name, row, words)


PLANTED = {"anger": "disgust", "fear": "surprise"}
"""What is answered to every other face of these expressions."""


def planted():
    """An observer who confuses some expressions and has a sharp boundary."""
    seen = Counter()

    def choose(name, row, words):
        if name == "morphs":
            return row["continuum"].split("-")[int(row["level"] > 0.6)]
        expression = row["expression"]
        if name == "test":
            seen[expression] += 1
            if seen[expression] % 2 == 0:
                return PLANTED.get(expression, expression)
        return expression

    return choose


def downloaded(folder):
    def find(_):
        return [path for path in folder.glob("*.csv") if path.stat().st_size] or None

    WebDriverWait(None, SECONDS).until(find)
    return sorted(folder.glob("*.csv"))


def test_a_whole_session_from_disk(browser, tmp_path, new_experiment, write_experiment):
    """Keys and clicks, a reload, a closed window: the planted answers are in the file, all once."""
    experiment = new_experiment()
    folder = write_experiment(experiment, tmp_path / "page")
    address = f"{(folder / 'index.html').as_uri()}?list=2"
    observer, driver = Observer(experiment, planted()), browser()
    driver.get(address)
    click(driver, "I am 18 or older, have read this, and want to take part")
    observer.go(driver, until=10)
    before = rows_kept(driver)
    driver.refresh()
    click(driver, "Go on where I stopped")
    observer.go(driver, until=25)
    assert rows_kept(driver)[:10] == before
    assert [one for one in driver.get_log("browser") if one["level"] == "SEVERE"] == []
    driver.quit()
    driver = browser()
    driver.get((folder / "index.html").as_uri())
    click(driver, "Go on where I stopped")
    observer.go(driver)
    click(driver, "Download the answers")
    [path] = downloaded(tmp_path / "downloads")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [int(row["trial"]) for row in rows] == list(range(1, len(rows) + 1))
    assert {row["experiment"] for row in rows} == {experiment.id}
    assert {row["list"] for row in rows} == {"2"}
    assert len({row["session"] for row in rows}) == 1
    assert {row["by"] for row in rows} == {"key", "pointer"}
    label = [row for row in rows if row["task"] == "label"]
    tested = [row for row in label if row["practice"] == "0" and not row["check"]]
    assert [int(row["stimulus"]) for row in tested] == experiment.lists[1]["label"]
    count = np.zeros((6, 6), int)
    for row in tested:
        count[EXPRESSIONS.index(row["expression"]), EXPRESSIONS.index(row["answer"])] += 1
    expected = 6 * np.eye(6, dtype=int)
    expected[0, :2], expected[2, [2, 5]] = 3, 3
    assert count.tolist() == expected.tolist()
    checks = [row for row in rows if row["check"]]
    assert len(checks) == 4
    assert all(row["answer"] == row["check"] for row in checks)
    assert all(float(row["rt"]) > 0 for row in rows)
    morphs = [row for row in rows if row["task"] == "identify" and not row["check"]]
    dealt = [row for block in experiment.lists[1]["identify"] for row in block["trials"]]
    assert [int(row["stimulus"]) for row in morphs] == dealt
    for row in morphs:
        assert row["answer"] == row["continuum"].split("-")[float(row["level"]) > 0.6]


class _Inbox(HTTPServer):
    """A server that takes what is sent to it, or is broken."""

    def __init__(self):
        self.got, self.status = [], 500

        class Handler(BaseHTTPRequestHandler):
            def do_POST(inner):  # noqa: N805
                body = inner.rfile.read(int(inner.headers["Content-Length"]))
                self.got += [body.decode()] if self.status == 200 else []
                inner.send_response(self.status)
                inner.send_header("Access-Control-Allow-Origin", "*")
                inner.end_headers()

            def log_message(inner, *_):  # noqa: N805
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def inbox():
    with _Inbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_server_that_fails_loses_nothing(
    browser, tmp_path, new_experiment, write_experiment, inbox
):
    """Answers stay on the device over a failed sending and a reload, and are sent once it works."""
    experiment = new_experiment(
        tasks=["identify"],
        checks=0,
        post=f"http://127.0.0.1:{inbox.server_port}/",
        texts={"questions": [{"name": "age", "text": "How old?", "choices": ["<b>", "older"]}]},
    )
    folder = write_experiment(experiment, tmp_path / "page")
    driver = browser()
    driver.get((folder / "index.html").as_uri())
    click(driver, "I am 18 or older, have read this, and want to take part")
    click(driver, "<b>")
    Observer(experiment, planted()).go(driver)
    wait_for(driver, lambda s: "Try again" in s["buttons"])
    kept = rows_kept(driver)
    assert len(kept) == 10
    assert inbox.got == []
    driver.refresh()
    click(driver, "Go on where I stopped")
    wait_for(driver, lambda s: "Try again" in s["buttons"])
    inbox.status = 200
    click(driver, "Try again")
    wait_for(driver, lambda s: s["heading"] == "Thank you" and not s["buttons"])
    [body] = inbox.got
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["answer"] for row in rows] == [row["answer"] for row in kept]
    assert {row["asked_age"] for row in rows} == {"<b>"}
    driver.refresh()
    wait_for(driver, lambda s: s["heading"] == "Taking part")


def test_someone_else_begins_anew_and_the_first_answers_are_kept(
    browser, tmp_path, new_experiment, write_experiment
):
    experiment = new_experiment(tasks=["abx"], checks=0)
    folder = write_experiment(experiment, tmp_path / "page")
    driver = browser()
    driver.get((folder / "index.html").as_uri())
    click(driver, "I am 18 or older, have read this, and want to take part")
    Observer(experiment, lambda *_: "the second").go(driver, until=3)
    [first] = {row["session"] for row in rows_kept(driver)}
    driver.refresh()
    click(driver, "I am someone else; begin anew")
    click(driver, "I am 18 or older, have read this, and want to take part")
    Observer(experiment, lambda *_: "the first").go(driver, until=2)
    driver.get(f"{(folder / 'index.html').as_uri()}?kept")
    click(driver, "Download the answers")
    [path] = downloaded(tmp_path / "downloads")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    answers = {row["session"]: [] for row in rows}
    for row in rows:
        answers[row["session"]].append(row["answer"])
        stimuli = [int(row[name]) for name in ("first", "second", "stimulus")]
        assert stimuli in [t for one in experiment.lists for b in one["abx"] for t in b["trials"]]
    assert answers.pop(first) == ["second"] * 3
    assert list(answers.values()) == [["first"] * 2]


def test_who_declines_is_asked_nothing(browser, tmp_path, new_experiment, write_experiment):
    folder = write_experiment(new_experiment(), tmp_path / "page")
    driver = browser()
    driver.get((folder / "index.html").as_uri())
    click(driver, "I do not want to take part")
    text = "return document.querySelector('#experiment').textContent"
    WebDriverWait(driver, SECONDS).until(lambda d: "Nothing was stored" in d.execute_script(text))
    assert rows_kept(driver) == []


def serious(driver):
    driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = driver.execute_async_script(
        "const done = arguments[0]; axe.run(document).then((all) => done(all.violations));"
    )
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found
            if one["impact"] in ("serious", "critical")]  # fmt: skip


def test_nobody_is_shut_out(browser, tmp_path, new_experiment, write_experiment):
    """No serious fault of access on any kind of screen, and buttons that a finger finds."""
    folder = write_experiment(new_experiment(tasks=["label"]), tmp_path / "page")
    driver = browser()
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    driver.get((folder / "index.html").as_uri())
    seen = []
    for _ in range(3):
        wait_for(driver, lambda s: s["buttons"])
        seen.append(state(driver)["heading"])
        assert serious(driver) == []
        sizes = driver.execute_script(
            "return [...document.querySelectorAll('button')].map((one) => {"
            "const r = one.getBoundingClientRect();"
            "return [r.width, r.height, r.left, r.right, r.bottom]; })"
        )
        for width, height, left, right, bottom in sizes:
            assert width >= 48
            assert height >= 48
            assert left >= 0
            assert right <= 390
            assert bottom <= 844 or seen[-1]
        before = seen[-1]
        driver.find_element(By.CSS_SELECTOR, "#experiment button").click()
        wait_for(driver, lambda s, before=before: s["heading"] != before or s["image"])
    assert seen == ["Taking part", "What does this face express?", None]


def test_the_lists_say_nothing_of_other_folders(new_experiment, tmp_path):
    text = new_experiment().files()["lists.js"]
    told = json.loads(text.removeprefix("window.EXPERIMENT = ").removesuffix(";\n"))
    assert str(tmp_path.parent) not in text
    assert len(told["lists"]) == 3
