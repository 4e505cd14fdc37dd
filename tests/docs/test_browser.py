"""Reads the site in headless Chromium, as files and from a local server."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = pytest.mark.browser

PHONE, DESK = (390, 844), (1280, 900)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module", params=["files", "server"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    if request.param == "files":
        yield site.as_uri()
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(autouse=True)
def _nothing_goes_wrong_and_nothing_leaves(browser: WebDriver, address: str) -> Iterator[None]:
    show(browser, DESK)
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    yield
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    requested = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requested.append(message["params"]["request"]["url"])
    assert requested
    assert [url for url in requested if not url.startswith((address, "data:"))] == []


def show(browser: WebDriver, size: tuple[int, int], scheme: str = "light") -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )


def wait_for_text(browser: WebDriver, selector: str, text: str) -> None:
    place = (By.CSS_SELECTOR, selector)
    WebDriverWait(browser, 20).until(expect.text_to_be_present_in_element(place, text))


def test_the_way_from_the_guide_to_a_columns_meaning(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/index.html")
    browser.find_element(By.CSS_SELECTOR, "#customer_rfm h4 a").click()
    wait_for_text(browser, ".app-content", "rfm_segment")
    columns = {
        row.text.split()[0]: row.text
        for row in browser.find_elements(By.CSS_SELECTOR, ".app-content tr")
        if row.text
    }
    assert {"customer_key", "recency_days", "frequency", "monetary_amount"} <= set(columns)
    assert len(columns["recency_days"]) > len("recency_days integer") + 10


def test_dbt_docs_lead_back_to_the_guide(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/dbt/index.html")
    wait_for_text(browser, ".app-content", "Every table and column")
    browser.find_element(By.LINK_TEXT, "← Guide").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "The way through the warehouse"


def test_lineage_opens_from_the_guide(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/index.html")
    browser.find_element(By.CSS_SELECTOR, "#customer_rfm .from a:last-child").click()
    wait_for_text(browser, ".launcher-header", "Lineage Graph")
    assert browser.find_elements(By.CSS_SELECTOR, ".launcher-window canvas")


def test_the_diagram_joins_orders_to_customers(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/index.html")
    browser.find_element(By.LINK_TEXT, "Diagrams of the core").click()
    star = browser.find_element(By.ID, "erd-fct_orders")
    join = '[data-from="fct_orders.customer_key"][data-to="dim_customer.customer_key"]'
    assert star.find_element(By.CSS_SELECTOR, join).size["width"] > 20
    tables = {g.get_attribute("data-table"): g for g in star.find_elements(By.CLASS_NAME, "table")}
    assert "customer_key" in tables["dim_customer"].text
    assert tables["fct_orders"].is_displayed()


def test_a_column_is_walked_back_to_the_files(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/index.html")
    browser.find_element(By.LINK_TEXT, "Columns").click()
    browser.find_element(By.LINK_TEXT, "fct_order_lines").click()
    for row, link in (
        ("quantity", "int_grocery__order_lines.html#quantity"),
        ("quantity", "int_grocery__basket_lines.html#quantity"),
    ):
        browser.find_element(By.CSS_SELECTOR, f'#{row} td:first-child a[href="{link}"]').click()
    shown = browser.find_element(By.CSS_SELECTOR, "tr:target")
    assert shown.get_attribute("id") == "quantity"
    browser.find_element(By.LINK_TEXT, "Guide").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "The way through the warehouse"


def test_texts_fit_their_boxes(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/erd.html")
    too_wide = browser.execute_script(
        """return [...document.querySelectorAll('.drawing .table')].flatMap(table => {
            const box = table.querySelector('.frame').getBoundingClientRect();
            return [...table.querySelectorAll('text')].filter(text => {
                const own = text.getBoundingClientRect();
                const next = text.nextElementSibling?.getBoundingClientRect();
                return own.left < box.left || own.right > box.right
                    || (next && own.right > next.left && own.bottom > next.top);
            }).map(text => table.dataset.table + '.' + text.textContent);
        })"""
    )
    assert too_wide == []


@pytest.mark.parametrize(
    "page",
    ["index.html", "erd.html", "dbt/index.html", "lineage.html", "lineage/customer_rfm.html"],
)
def test_a_phone_needs_no_sideways_scrolling(browser: WebDriver, address: str, page: str) -> None:
    show(browser, PHONE)
    browser.get(f"{address}/{page}")
    if page.startswith("dbt"):
        wait_for_text(browser, ".app-content", "Every table and column")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize("page", ["overview", "model/model.retail.customer_rfm"])
def test_a_phone_shows_texts_of_dbt_docs_whole(browser: WebDriver, address: str, page: str) -> None:
    show(browser, PHONE)
    browser.get(f"{address}/dbt/index.html#!/{page}")
    wait_for_text(browser, ".app-content", "Example" if "rfm" in page else "Every table")
    cut_off = browser.execute_script(
        """return [...document.querySelectorAll('.app-content p, .app-content li')]
            .filter(text => text.getBoundingClientRect().right > window.innerWidth)
            .map(text => text.textContent)"""
    )
    assert cut_off == []


def test_a_phone_shows_the_list_of_tables_on_request(browser: WebDriver, address: str) -> None:
    show(browser, PHONE)
    browser.get(f"{address}/dbt/index.html#!/model/model.retail.fct_orders")
    wait_for_text(browser, ".app-content", "fct_orders")
    menu = browser.find_element(By.CLASS_NAME, "app-menu")
    assert not menu.is_displayed()
    browser.find_element(By.CSS_SELECTOR, ".menu-switch input").click()
    assert menu.is_displayed()


@pytest.mark.parametrize("page", ["index.html", "erd.html"])
def test_pages_follow_light_and_dark(browser: WebDriver, address: str, page: str) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        show(browser, DESK, scheme)
        browser.get(f"{address}/{page}")
        colour = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
        shades[scheme] = sum(int(part) for part in colour.strip("rgba()").split(",")[:3]) / 3
    assert shades["light"] > 200 and shades["dark"] < 60


def test_the_keyboard_reaches_everything(browser: WebDriver, address: str) -> None:
    browser.get(f"{address}/index.html")
    focus = browser.switch_to
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert focus.active_element.text == "Skip to the content"
    focus.active_element.send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#content")
    reached = set()
    for _ in range(60):
        focus.active_element.send_keys(Keys.TAB)
        reached.add(focus.active_element.text)
    assert {"How data flows", "Core", "Business rules"} <= reached
    details = browser.find_element(By.CSS_SELECTOR, "#customer_rfm details")
    details.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert details.get_attribute("open") is not None
