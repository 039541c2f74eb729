"""Measures what a store costs a job: the start of pytest, requests and bytes.

    python store.py --evenshard PROGRAM [--rounds N]

Runs two builds of 20 jobs over 20,000 generated tests against a small S3 server in this process,
which counts; then starts a shard of a small and of the large suite with a store in a folder and
without, one after the other. Needs pytest beside this Python. Prints Markdown.
"""

import argparse
import collections
import http.server
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import typing
import urllib.parse

JOBS = 20
FILES, TESTS = 500, 40
VERBS = ("read", "write", "list")
PAGE = 1000


class Bucket(http.server.BaseHTTPRequestHandler):
    """One bucket, as far as the store asks for it."""

    protocol_version = "HTTP/1.1"
    objects: typing.ClassVar[dict] = {}
    lock = threading.Lock()
    counts: typing.ClassVar = collections.Counter()
    up = down = 0

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"tag"')
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 06:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def key(self):
        path, _, query = self.path.partition("?")
        key = urllib.parse.unquote(path).removeprefix("/bucket").lstrip("/")
        return key, dict(urllib.parse.parse_qsl(query, keep_blank_values=True))

    def count(self, verb, up=0, down=0):
        with self.lock:
            Bucket.counts[verb] += 1
            Bucket.up += up
            Bucket.down += down

    def do_PUT(self):
        key, _ = self.key()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.count("write", up=len(body))
        with self.lock:
            if self.headers.get("If-None-Match") and key in self.objects:
                taken = True
            else:
                taken = False
                self.objects[key] = body
        self.answer(412 if taken else 200)

    def do_DELETE(self):
        self.count("write")
        self.objects.pop(self.key()[0], None)
        self.answer(204)

    def do_GET(self):
        key, query = self.key()
        if key:
            body = self.objects.get(key)
            self.count("read", down=len(body or b""))
            self.answer(404 if body is None else 200, body or b"")
            return
        after = max(query.get("start-after", ""), query.get("continuation-token", ""))
        keys = sorted(
            k for k in self.objects if k.startswith(query.get("prefix", "")) and k > after
        )
        page, rest = keys[:PAGE], keys[PAGE:]
        listed = "".join(
            f'<Contents><Key>{key}</Key><Size>{len(self.objects[key])}</Size><ETag>"t"</ETag>'
            "<LastModified>2026-11-28T06:00:00.000Z</LastModified></Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if rest else ""
        body = f"<ListBucketResult>{listed}{token}</ListBucketResult>".encode()
        self.count("list", down=len(body))
        self.answer(200, body)


def suite(folder: pathlib.Path, files: int, tests: int) -> None:
    (folder / "tests").mkdir(parents=True)
    # The first thing that pytest imports of a suite.
    conftest = "import os, time\nopen(os.environ['STARTED'], 'w').write(repr(time.time()))\n"
    (folder / "conftest.py").write_text(conftest)
    (folder / "pytest.ini").write_text("[pytest]\n")
    for file in range(files):
        lines = "".join(f"def test_{test}(): pass\n" for test in range(tests))
        (folder / f"tests/test_{file:03}.py").write_text(lines)


def run(program, folder, job, jobs, build, words, variables=()):
    """Runs one job, and returns the seconds from its start to pytest's."""
    started = folder.parent / "started"
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    environment = {
        **kept,
        "STARTED": str(started),
        "BUILDKITE": "true",
        "BUILDKITE_BUILD_ID": build,
        "BUILDKITE_STEP_ID": "tests",
        "BUILDKITE_BRANCH": "main",
        "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main",
        "BUILDKITE_PULL_REQUEST": "false",
        "BUILDKITE_PARALLEL_JOB": str(job),
        "BUILDKITE_PARALLEL_JOB_COUNT": str(jobs),
        "BUILDKITE_RETRY_COUNT": "0",
        **dict(variables),
    }
    pytest = ["--", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    begun = time.time()
    ended = subprocess.run(
        [program, "run", "--no-ci-compare", *words, *pytest],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if ended.returncode:
        sys.exit(f"{build}, job {job}: {ended.returncode}\n{ended.stderr}")
    return float(started.read_text()) - begun


def requests(program, folder) -> None:
    """Counts what each job of two builds asks for."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    variables = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    print("| build | job | reads | writes | lists | sent | received |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for build in ("first", "second"):
        rows = []
        for job in range(JOBS):
            Bucket.counts.clear()
            Bucket.up = Bucket.down = 0
            run(program, folder, job, JOBS, build, ["--store", "s3://bucket/ci"], variables)
            rows.append((*(Bucket.counts[verb] for verb in VERBS), Bucket.up, Bucket.down))
        middle = [statistics.mean(column) for column in zip(*rows[1:-1])]
        whole = [sum(column) for column in zip(*rows)]
        names = ("the first, which plans", "others, mean", "the last, which proves", "all 20")
        for name, row in zip(names, (rows[0], middle, rows[-1], whole)):
            counts = " | ".join(f"{count:.0f}" for count in row[:3])
            sizes = " | ".join(f"{size / 1000:,.0f} KB" for size in row[3:])
            print(f"| {build} | {name} | {counts} | {sizes} |")


def start(program, folder, tests, jobs, rounds) -> str:
    """Measures the start of pytest with a store and without, by turns."""
    store = folder.parent / f"store-{tests}"
    store.mkdir()
    words = ["--store", str(store)]
    for job in range(jobs):
        run(program, folder, job, jobs, "before", words)
    history = next((store / "trusted/=/history").iterdir())
    # The frame in front has no content.
    data = history.read_bytes()
    timings = folder.parent / "timings.json.zst"
    timings.write_bytes(data[8 + int.from_bytes(data[4:8], "little") :])
    took = {"without": [], "plans": [], "joins": []}
    for at in range(rounds):
        build = f"build-{at}"
        took["without"].append(run(program, folder, 0, jobs, build, ["--timings", str(timings)]))
        took["plans"].append(run(program, folder, 0, jobs, build, words))
        took["joins"].append(run(program, folder, 1, jobs, build, words))
    median = {name: statistics.median(times) * 1000 for name, times in took.items()}
    shown = " | ".join(f"{median[name]:.0f} ms" for name in ("without", "plans", "joins"))
    return f"| {tests:,} | {jobs} | {shown} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evenshard", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    program = arguments.evenshard.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        small, large = folder / "small/suite", folder / "large/suite"
        suite(small, 10, 10)
        suite(large, FILES, TESTS)
        print(f"{FILES * TESTS:,} tests in {FILES} files, {JOBS} jobs one after the other:\n")
        requests(program, large)
        print(f"\nFrom the start of a job to that of pytest, medians of {arguments.rounds}:\n")
        print("| tests | jobs | `--timings`, no store | store, plans | store, has the plan |")
        print("|---:|---:|---:|---:|---:|")
        print(start(program, small, 100, 2, arguments.rounds))
        print(start(program, large, FILES * TESTS, JOBS, arguments.rounds))


main()
