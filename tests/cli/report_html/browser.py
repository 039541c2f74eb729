"""Opens pages in a headless Chromium and prints as JSON what is to be seen on them.

    python3 browser.py CHROMIUM PAGE ...

Speaks the DevTools protocol over a pipe (file descriptors 3 and 4), which needs no socket.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
]

# What sticks out of the window, but for what is in a box that scrolls or is not to be seen.
SPILLED = """(() => {
  const width = innerWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push(`page: ${document.documentElement.scrollWidth}`);
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest(".aside, [hidden], script") || e.parentElement.closest(".scroll")) continue;
    const box = e.getBoundingClientRect();
    if (box.width && (box.left < -0.5 || box.right > width + 0.5)) found.push(`${e.tagName} ${box.left} ${box.right}`);
  }
  // No text of a chart leaves its panel or covers another.
  for (const chart of document.querySelectorAll(".chart")) {
    const panel = chart.closest("figure, .courses li, .panel").getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()]);
    texts.forEach(([text, a], at) => {
      if (a.left < panel.left - 0.5 || a.right > panel.right + 0.5 || a.top < panel.top || a.bottom > panel.bottom)
        found.push(`text leaves its panel: ${text}`);
      for (const [other, b] of texts.slice(at + 1)) {
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const deep = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (over > 1 && deep > 4) found.push(`${text} covers ${other}`);
      }
    });
  }
  // Nothing within a box is cut off without a way to reach it.
  for (const e of document.querySelectorAll("main *, header *, footer *")) {
    if (e.closest(".aside, svg")) continue;
    const hidden = getComputedStyle(e).overflowX;
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && hidden !== "visible" && hidden !== "auto")
      found.push(`cut off: ${e.className || e.tagName}`);
  }
  return found;
})()"""

# The least contrast of any text with what is behind it (WCAG 2, 1.4.3 asks for 4.5).
CONTRAST = """(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  let least = [99, ""];
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("[hidden], script, title, desc")) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e);
    const [x, y] = [light(e.closest("svg") ? style.fill : style.color), light(behind(e))];
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    if (ratio < least[0]) least = [ratio, `${e.tagName} ${e.textContent.slice(0, 40)}`];
  }
  return { ratio: least[0], where: least[1], page: getComputedStyle(document.body).backgroundColor };
})()"""

FIRST = "[...document.querySelectorAll('#{id}')].map(h => [...h.parentElement.querySelectorAll('tbody tr')].map(r => r.cells[{column}].textContent))[0]"


class Browser:
    """A browser with one tab, and all that it says."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp()
        (theirs_in, self.to), (self.back, theirs_out) = os.pipe(), os.pipe()

        def pipes():
            # Over numbers that neither end has, since either may be 3 or 4 already.
            os.dup2(theirs_in, 30)
            os.dup2(theirs_out, 31)
            os.dup2(30, 3)
            os.dup2(31, 4)

        self.child = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=pipes,
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.last, self.buffer, self.events, self.session = 0, b"", [], None
        targets = self.ask("Target.getTargets")["targetInfos"]
        tab = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self.ask("Target.attachToTarget", targetId=tab, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        self.last += 1
        call = {"id": self.last, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.to, json.dumps(call).encode() + b"\0")
        while True:
            message = self.read()
            if message.get("id") == self.last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def read(self):
        while b"\0" not in self.buffer:
            data = os.read(self.back, 1 << 16)
            if not data:
                raise RuntimeError("the browser ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def wait(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.read())

    def run(self, script):
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def open(self, page, width, height=900, scheme="light", media="screen"):
        self.events.clear()
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)
        self.ask("Emulation.setScrollbarsHidden", hidden=True)
        self.ask("Page.navigate", url=pathlib.Path(page).resolve().as_uri())
        self.wait("Page.loadEventFired")

    def complaints(self):
        """What stands in the console, and what was asked for beside the page."""
        told = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        said = [e["params"] for e in self.events if e.get("method") in told]
        asked = [
            e["params"]["request"]["url"]
            for e in self.events
            if e.get("method") == "Network.requestWillBeSent"
        ]
        return said, asked[1:]

    def key(self, key, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text=text,
            )

    def click(self, element):
        place = f"(() => {{ const e = {element}; e.scrollIntoView({{block: 'center', behavior: 'instant'}}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        x, y = self.run(place)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def close(self):
        self.session = None
        try:
            self.ask("Browser.close")
        except (OSError, RuntimeError):
            pass
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def sorting(browser):
    """The first column of the table of sizes: as it was, after clicks and after a key."""
    header = "document.querySelector('#sizes').parentElement.querySelectorAll('th button')[0]"
    rows = FIRST.format(id="sizes", column=0)
    state = f"[{rows}, {header}.closest('th').getAttribute('aria-sort')]"
    seen = [browser.run(state)]
    for _ in range(2):
        browser.click(header)
        seen.append(browser.run(state))
    # From the first header, one step on by the keyboard alone.
    browser.key("Tab", 9)
    browser.key("Enter", 13, "\r")
    at = "[document.activeElement.textContent, document.activeElement.closest('th').getAttribute('aria-sort')]"
    seen.append(browser.run(at))
    return seen


def searching(browser):
    """What a search in the lists of tests leaves: its count, and the lists that it opens."""
    if not browser.run("document.querySelector('#ran-search') !== null"):
        return None
    browser.click("document.querySelector('#ran-search')")
    browser.ask("Input.insertText", text="CART failed")
    status = "document.querySelector('.search [role=status]').textContent"
    browser.run(
        f"new Promise((done) => {{ const look = () => {status} ? done() : requestAnimationFrame(look); look(); }})"
    )
    open_ones = (
        "[...document.querySelectorAll('#ran-lists details')].filter(d => d.open && !d.hidden)"
    )
    shown = f"{open_ones}.flatMap(d => [...d.querySelectorAll('li:not([hidden])')]).map(e => e.textContent)"
    return browser.run(f"[{status}, {shown}]")


def tooltip(browser):
    """What shows when a unit is pointed at."""
    place = "(() => { const e = document.querySelector('rect.unit'); e.scrollIntoView({block: 'center', behavior: 'instant'}); const b = e.getBoundingClientRect(); return [b.x + 5, b.y + 5]; })()"
    x, y = browser.run(place)
    browser.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    browser.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    return browser.run(
        "(() => { const t = document.querySelector('.tip'); return t.hidden ? null : t.textContent; })()"
    )


def look(browser, page):
    """All that is asked of one page."""
    seen = {"spilled": {}, "contrast": {}}
    said, asked = [], []
    for width, scheme in (
        (1280, "light"),
        (390, "dark"),
        (768, "light"),
        (390, "light"),
        (1280, "dark"),
    ):
        browser.open(page, width, scheme=scheme)
        seen["spilled"][f"{width} {scheme}"] = browser.run(SPILLED)
        seen["contrast"][scheme] = browser.run(CONTRAST)
        more = browser.complaints()
        said, asked = said + more[0], asked + more[1]
    seen["text"] = browser.run("document.body.textContent")
    seen["elements"] = browser.run(
        "[...new Set([...document.querySelectorAll('*')].map(e => e.localName))].sort()"
    )
    seen["handlers"] = browser.run(
        "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).map(a => a.name).filter(n => n.startsWith('on'))"
    )
    seen["headings"] = browser.run(
        "[...document.querySelectorAll('h1, h2, h3')].map(h => Number(h.localName[1]))"
    )
    seen["ids"] = browser.run(
        "[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, at, all) => all.indexOf(id) !== at)"
    )
    seen["dead links"] = browser.run(
        "[...document.querySelectorAll('a')].map(a => a.getAttribute('href')).filter(h => !document.querySelector(h))"
    )
    seen["sorting"] = sorting(browser)
    seen["searching"] = searching(browser)
    seen["tooltip"] = tooltip(browser)
    more = browser.complaints()
    said, asked = said + more[0], asked + more[1]
    # A4 less margins, at 96 pixels an inch.
    browser.open(page, 718, media="print")
    seen["spilled"]["print"] = browser.run(SPILLED)
    seen["boxes that scroll in print"] = browser.run(
        "[...document.querySelectorAll('*')].filter(e => !e.closest('svg') && /auto|scroll/.test(getComputedStyle(e).overflow)).map(e => e.className)"
    )
    wide = "[...document.querySelectorAll('.scroll table')].filter(t => t.getBoundingClientRect().right > innerWidth + 1).map(t => t.caption.textContent)"
    seen["tables cut off in print"] = browser.run(wide)
    hidden = "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).display === 'none' && e.localName !== 'title' && e.localName !== 'desc').map(e => e.localName)"
    seen["hidden in print"] = browser.run(hidden)
    more = browser.complaints()
    seen["console"], seen["requests"] = said + more[0], asked + more[1]
    return seen


def hash_of_script(page):
    """What a browser compares with the policy of the page."""
    script = (
        pathlib.Path(page).read_text(encoding="utf-8").split("<script>")[-1].split("</script>")[0]
    )
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def main():
    program, pages = sys.argv[1], sys.argv[2:]
    browser = Browser(program)
    try:
        print(
            json.dumps(
                {page: {"script": hash_of_script(page), **look(browser, page)} for page in pages}
            )
        )
    finally:
        browser.close()


if __name__ == "__main__":
    main()
