"""Checks a built site: nothing that a page loads may come from another host.

    python3 scripts/site/check.py target/site

Links that a reader may follow lead where they like.
"""

import pathlib
import re
import sys
from html.parser import HTMLParser

ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:[a-z]+:)?//[^"')\s]+)""", re.IGNORECASE)
# `<a>` is followed by the reader; these tell of the page itself and load nothing.
RELATIONS = {"canonical", "prev", "next", "edit"}


class Loads(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        names = ["src", "srcset", "poster", "data", "action"]
        if tag not in ("a", "area") and attrs.get("rel") not in RELATIONS:
            names += ["href", "xlink:href"]
        for name in names:
            if ELSEWHERE.match((attrs.get(name) or "").strip()):
                self.found.append("<%s %s=%s>" % (tag, name, attrs[name]))
        self.found += IN_STYLES.findall(attrs.get("style") or "")
        # The theme's script fetches Mermaid from a CDN for a page that has a diagram of it.
        if "mermaid" in (attrs.get("class") or "").split():
            self.found.append("a Mermaid diagram")


def loads(path):
    text = path.read_text(encoding="utf-8")
    found = []
    if path.suffix in (".html", ".svg"):
        parser = Loads()
        parser.feed(text)
        found = parser.found
    return found + IN_STYLES.findall(text)


def main():
    site = pathlib.Path(sys.argv[1])
    pages = sorted(p for p in site.rglob("*") if p.suffix in (".html", ".css", ".svg"))
    if not any(p.suffix == ".html" for p in pages):
        sys.exit("no pages in %s" % site)
    bad = [(p, what) for p in pages for what in loads(p)]
    for page, what in bad:
        print("%s loads from elsewhere: %s" % (page.relative_to(site), what), file=sys.stderr)
    if bad:
        sys.exit(1)
    print("%d pages, pictures and style sheets load nothing from elsewhere" % len(pages))


main()
