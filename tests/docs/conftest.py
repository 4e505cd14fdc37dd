"""The site of the real project, built once, and a browser to read it with."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from warehouse.docs import build_site
from warehouse.settings import Settings

NOT_TO_BE_TOLD = "tell-nobody-7261"


@pytest.fixture(scope="session")
def site(embedded: Settings, project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the site, from a warehouse in which nothing is loaded and nothing built."""
    with pytest.MonkeyPatch.context() as patch:
        # dbt writes such variables into its manifest.
        patch.setenv("DBT_ENV_CUSTOM_ENV_TEAM", NOT_TO_BE_TOLD)
        index = build_site(project_dir, tmp_path_factory.mktemp("docs") / "site", embedded)
    return index.parent


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium that keeps its console and its list of requests."""
    programs = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, programs)), None)
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("Chromium and its chromedriver are not installed (Debian: chromium-driver)")
    options = Options()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium")
    for argument in (
        "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
        f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()
