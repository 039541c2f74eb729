"""Draws the pictures of docs/balancing.md from plans that evenshard makes.

    python3 scripts/site/figures.py EVENSHARD           writes docs/balancing-*.svg
    python3 scripts/site/figures.py EVENSHARD --check   fails where they are not these

The tests and their times are the tables on the page itself, below the comments that name
`small.tsv` and `shop.tsv`.
"""

import html
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCS = os.path.join(ROOT, "docs")

# Name, title, table, options of `evenshard plan`.
PICTURES = [
    ("lpt", "Longest first", "small.tsv", "--shards 2 --setup-cost 0 --algorithm lpt"),
    ("best", "evenshard", "small.tsv", "--shards 2 --setup-cost 0"),
    (
        "tests",
        "Test by test: setup is paid {set_ups} times",
        "shop.tsv",
        "--shards 3 --setup-cost 4s --split test --algorithm lpt",
    ),
    (
        "files",
        "Whole files: the longest sets the pace",
        "shop.tsv",
        "--shards 3 --setup-cost 4s --split file",
    ),
    ("demand", "Split on demand", "shop.tsv", "--shards 3 --setup-cost 4s"),
]

# Narrow, so that its text can be read on a phone.
WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 480, 72, 50, 52, 32, 12
COLOURS = ["file-%d" % n for n in range(5)]
# A card of its own, so that it can be read whatever page it stands on.
STYLE = """
  svg { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
  .card { fill: #ffffff; stroke: #d5d9de } .say, .end { fill: #24292f } .soft { fill: #57606a }
  .title { font-size: 15px; font-weight: 600; fill: #24292f } .in { fill: #14181d; font-size: 12px }
  .bound { stroke: #b3261e; stroke-width: 2; stroke-dasharray: 5 4 } .bound-say { fill: #b3261e }
  .unit { stroke: #ffffff; stroke-width: 1.5 } .set-up { fill: url(#stripes); stroke: #ffffff; stroke-width: 1.5 }
  .stripe { stroke: #57606a } .ground { fill: #e6e9ed }
  .file-0 { fill: #7ab8f5 } .file-1 { fill: #f5b971 } .file-2 { fill: #8fd19e }
  .file-3 { fill: #d3a6e8 } .file-4 { fill: #f2a0a8 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #1c2128; stroke: #3b434d } .say, .end, .title { fill: #e6edf3 } .soft { fill: #a5b0bc }
    .bound { stroke: #ff8a80 } .bound-say { fill: #ff8a80 }
    .unit, .set-up { stroke: #1c2128 } .stripe { stroke: #a5b0bc } .ground { fill: #39424d }
  }
"""


def table(name):
    """A table of the page: a line a test."""
    with open(os.path.join(DOCS, "balancing.md"), encoding="utf-8") as page:
        text = page.read()
    return text.split("<!-- file: %s -->\n```tsv\n" % name)[1].split("```")[0]


def plan(evenshard, name, options):
    with tempfile.TemporaryDirectory() as folder:
        history = os.path.join(folder, "timings.json")

        def run(*arguments, **more):
            command = [evenshard, *arguments]
            done = subprocess.run(
                command, cwd=folder, check=True, capture_output=True, text=True, **more
            )
            return done.stdout

        os.mkdir(os.path.join(folder, ".git"))
        run("timings", "import", "--format", "tsv", "-", "--output", history, input=table(name))
        return json.loads(run("plan", "--timings", history, *options.split()))


def seconds(us):
    """Without the millisecond that each test costs beside its time."""
    return "%d s" % round(us / 1e6)


def parts(shard, files):
    """The work of a shard, file by file: its setup, then its units."""
    units = {}
    for unit in shard["units"]:
        units.setdefault(unit["file"], []).append(unit)
    # The time of a shard beyond its tests is the setup of its files, the same for each here.
    tests = sum(unit["predicted_us"] for unit in shard["units"])
    set_up = (shard["predicted_us"] - tests) // max(len(units), 1)
    for file in sorted(units, key=files.index):
        if set_up > 0:
            yield "set-up", file, set_up, "setup of %s" % file
        for unit in units[file]:
            names = ["%s %s" % (c, n) for c, ns in unit["tests"].items() for n in ns]
            yield "unit", file, unit["predicted_us"], ", ".join(names)


def svg(title, drawn, scale_us):
    files = sorted(
        {u["file"] for shard in drawn["shards"] for u in shard["units"]}, key=largest(drawn)
    )
    shards, bound = drawn["shards"], drawn["lower_bound_us"]
    legend = TOP + len(shards) * (BAR + GAP) + 28
    unit = (WIDTH - LEFT - RIGHT) / scale_us
    out = []

    def text(x, y, kind, what, more=""):
        out.append(
            '<text x="%.1f" y="%.1f" class="%s"%s>%s</text>' % (x, y, kind, more, html.escape(what))
        )

    def box(x, y, width, tall, kind, what):
        out.append(
            '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" class="%s"><title>%s</title></rect>'
            % (x, y, width, tall, kind, html.escape(what))
        )

    text(16, 28, "title", title)
    for number, shard in enumerate(shards):
        x, y = LEFT, TOP + number * (BAR + GAP)
        text(16, y + BAR / 2 + 5, "say", "shard %d" % (number + 1))
        for kind, file, time, what in parts(shard, files):
            width = time * unit
            if kind == "set-up":
                box(x, y, width, BAR, "ground", what)
                box(x, y, width, BAR, "set-up", what)
            else:
                box(x, y, width, BAR, "unit " + COLOURS[files.index(file)], what)
                label = seconds(time)
                if width > 8 * len(label):
                    text(x + width / 2, y + BAR / 2 + 4, "in", label, ' text-anchor="middle"')
            x += width
        takes = seconds(shard["predicted_us"])
        text(WIDTH - 16, y + BAR / 2 + 5, "end", takes, ' text-anchor="end"')
    at = LEFT + bound * unit
    bottom = TOP + len(shards) * (BAR + GAP) - GAP + 6
    out.append(
        '<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" class="bound"/>' % (at, TOP - 8, at, bottom)
    )
    # Within the card, also where the line is at its right end.
    middle = min(at, WIDTH - 62)
    text(
        middle, bottom + 15, "bound-say", "lower bound %s" % seconds(bound), ' text-anchor="middle"'
    )
    x, y = 16, legend
    keys = [([colour], file.rsplit(".", 1)[-1] + ".py") for colour, file in zip(COLOURS, files)]
    if any(kind == "set-up" for shard in shards for kind, *_ in parts(shard, files)):
        keys.append((["ground", "set-up"], "setup"))
    for colours, name in keys:
        width = 24 + 7.2 * len(name)
        if x + width > WIDTH - 8:
            x, y = 16, y + 20
        for colour in colours:
            box(x, y - 1, 12, 12, colour, name)
        text(x + 17, y + 10, "soft", name)
        x += width
    height = y + 26
    described = "%s: %s; lower bound %s." % (
        title,
        ", ".join(
            "shard %d takes %s" % (n + 1, seconds(s["predicted_us"])) for n, s in enumerate(shards)
        ),
        seconds(bound),
    )
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">'
        % (
            WIDTH,
            height,
            html.escape(described),
        )
    )
    pattern = (
        '<defs><pattern id="stripes" width="7" height="7" patternTransform="rotate(45)" '
        'patternUnits="userSpaceOnUse"><line x1="0" y1="0" x2="0" y2="7" class="stripe" stroke-width="2"/>'
        "</pattern></defs>"
    )
    card = '<rect x="0.5" y="0.5" width="%d" height="%d" rx="8" class="card"/>' % (
        WIDTH - 1,
        height - 1,
    )
    return "\n".join([head, "<style>%s</style>" % STYLE, pattern, card, *out, "</svg>", ""])


def largest(drawn):
    """Orders files by what their tests take, the longest first."""
    totals = {}
    for shard in drawn["shards"]:
        for unit in shard["units"]:
            totals[unit["file"]] = totals.get(unit["file"], 0) + unit["predicted_us"]
    return lambda file: (-totals[file], file)


def main():
    evenshard, check = os.path.abspath(sys.argv[1]), "--check" in sys.argv[2:]
    plans = {name: plan(evenshard, source, options) for name, _, source, options in PICTURES}
    for name, title, source, _ in PICTURES:
        # Pictures of one table have one scale.
        alike = [plans[other] for other, _, of, _ in PICTURES if of == source]
        set_ups = sum(len({u["file"] for u in shard["units"]}) for shard in plans[name]["shards"])
        titled = title.format(set_ups=set_ups)
        picture = svg(titled, plans[name], max(p["makespan_us"] for p in alike))
        path = os.path.join(DOCS, "balancing-%s.svg" % name)
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(picture)
        elif not os.path.exists(path) or open(path, encoding="utf-8").read() != picture:
            sys.exit(
                "docs/balancing-%s.svg is not what is planned now; scripts/docs figures draws it"
                % name
            )


main()
