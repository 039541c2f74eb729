"""Looks at a built site in Chromium as somebody who has it in a folder.

    python3 scripts/site/look.py target/site

The search finds a word, no table is cut at 1280 px, and no page is wider than a phone.
"""

import os
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/cli/report_html"))

from browser import Browser  # noqa: E402

CUT = """[...document.querySelectorAll(".md-typeset__scrollwrap")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.querySelector("th").parentElement.innerText)"""
ASK = """(() => {
  document.querySelector("#__search").click();
  const box = document.querySelector(".md-search__input");
  box.value = "quarantine";
  box.dispatchEvent(new KeyboardEvent("keyup"));
})()"""
FOUND = "document.querySelectorAll('.md-search-result__item').length"
# Far more than the tenth of a second that it takes.
PATIENCE = 20


def problems(browser, site):
    for page in sorted(site.glob("*.html")):
        browser.open(page, 1280)
        for table in browser.run(CUT):
            yield "%s: at 1280 px a table is cut: %s" % (page.name, table)
        browser.open(page, 390)
        if browser.run("document.documentElement.scrollWidth") > 390:
            yield "%s is wider than 390 px" % page.name
    browser.open(site / "index.html", 1280)
    browser.run(ASK)
    end = time.monotonic() + PATIENCE
    while not browser.run(FOUND):
        if time.monotonic() > end:
            yield "the search finds nothing"
            return
        time.sleep(0.05)


def main():
    site = pathlib.Path(sys.argv[1]).resolve()
    program = shutil.which("chromium")
    if not program:
        said = "SKIPPED: nothing looks at the site, as there is no chromium"
        sys.exit(said) if os.environ.get("EVENSHARD_REQUIRE_TOOLS") else print(said)
        return
    browser = Browser(program)
    try:
        found = list(problems(browser, site))
    finally:
        browser.close()
    if found:
        sys.exit("\n".join(found))
    print("the search works from a folder, and no table is cut at 1280 px")


main()
