"""The page as a user sees it: a browser outside the cluster, the ingress controller, and everything behind it."""

import hashlib
import shutil
from base64 import b64encode
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect, sync_playwright

from .conftest import Staging
from .psql import psql

_HOST = "staging.revrx.example.com"
_MILLISECONDS = 30_000


@pytest.fixture
def page(staging: Staging) -> Iterator[Page]:
    """A page of a headless Chromium, which trusts the authority of the tests and nothing else that is unknown."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if not chromium:
        pytest.skip("no Chromium in PATH: Debian's package is `chromium`")
    authority = x509.load_pem_x509_certificate(staging.authority.encode())
    key = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    arguments = [
        f"--host-resolver-rules=MAP *.revrx.example.com {staging.cluster.address}",
        f"--ignore-certificate-errors-spki-list={b64encode(hashlib.sha256(key).digest()).decode()}",
    ]
    with staging.cluster.outside(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments, chromium_sandbox=False)
        page = browser.new_page()
        page.set_default_timeout(_MILLISECONDS)
        yield page
        browser.close()


def test_a_text_goes_from_the_page_to_a_worker_and_its_result_comes_back(page: Page, staging: Staging) -> None:
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)

    page.goto(f"https://{_HOST}/")
    page.get_by_role("textbox").fill("a text of the browser's")
    page.get_by_role("button").click()

    expect(page.get_by_test_id("status")).to_contain_text("done", timeout=_MILLISECONDS)
    result = page.get_by_test_id("result").inner_text()
    row = psql(staging, "SELECT result, runs FROM tasks WHERE text = 'a text of the browser''s' ORDER BY created_at")
    assert row.splitlines()[-1] == f"{result}|1"
    assert len(result) == 64
    assert not troubles


def test_http_leads_to_https(page: Page) -> None:
    answer = page.goto(f"http://{_HOST}/")
    assert answer
    assert answer.url == f"https://{_HOST}/"
    assert answer.ok
