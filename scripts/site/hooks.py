"""What MkDocs does not do by itself: pages and links beyond docs/.

CONTRIBUTING.md and CHANGELOG.md become pages. A link from a page to a file of the
repository becomes the file's path, since the site has no such file; one that leads
nowhere is a warning, and so the end of a strict build.
"""

import logging
import os
import posixpath
import re

from mkdocs.structure.files import File

log = logging.getLogger("mkdocs.hooks.repository")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
LINK = re.compile(r"\[(?P<label>[^\]\n]+)\]\((?P<path>\.\./[^)#\s]+)(#[^)\s]*)?\)")


def on_files(files, config):
    for name, source in PAGES.items():
        with open(os.path.join(ROOT, source), encoding="utf-8") as page:
            text = page.read().replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    return LINK.sub(lambda link: as_path(link, page.file.src_uri), markdown)


def as_path(link, page):
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link["path"]))
    if not os.path.exists(os.path.join(ROOT, path)):
        log.warning("%s links to %s, which is not in the repository", page, path)
    for name, source in PAGES.items():
        if path == source:
            return "[%s](%s)" % (link["label"], name)
    label = link["label"]
    if path.endswith(label.strip("`")):
        return "`%s`" % path
    return "%s (`%s`)" % (label, path)
