"""A stand-in for `buildkite-agent` that keeps everything in the folder $STAND_IN_STORE.

It takes the commands and options that the steps use and refuses what the real agent and its
server refuse (agent 3.1xx, as its source and documentation say): an artifact that is not
there or not the only one, a destination that is no folder, meta-data without a value, an
annotation over 1 MiB, a step key that is taken, an option or command that does not exist.
Hiccups: `hiccups.json` maps a command such as "artifact download" to how often it still fails.
"""

import fcntl
import glob
import json
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

STORE = Path(os.environ["STAND_IN_STORE"])
MIB = 1024 * 1024


def fail(message, code=1):
    sys.stderr.write(f"fatal: {message}\n")
    sys.exit(code)


def need(variable):
    return os.environ.get(variable) or fail(f"Missing {variable}")


def build_folder(build=None):
    folder = STORE / "builds" / quote(build or need("BUILDKITE_BUILD_ID"), safe="")
    for part in ("meta", "annotations", "blobs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def append(path, value):
    with path.open("a") as out:
        out.write(json.dumps(value) + "\n")


# --- artifacts


def artifact_upload(arguments, options):
    pattern = arguments[0] if arguments else fail("Missing upload paths")
    if len(arguments) > 1 and not re.match(r"(s3|gs|rt)://|https://", arguments[1]):
        fail(f"invalid upload destination: '{arguments[1]}'")
    folder = build_folder()
    for part in pattern.split(";"):
        for name in sorted(glob.glob(part.strip(), recursive=True)):
            if os.path.isdir(name):
                continue
            entries = folder / "artifacts.jsonl"
            blob = folder / "blobs" / str(len(lines(entries)))
            shutil.copyfile(name, blob)
            entry = {"path": os.path.relpath(name), "blob": str(blob)}
            entry["job"] = need("BUILDKITE_JOB_ID")
            entry["step"] = os.environ.get("BUILDKITE_STEP_KEY")
            append(entries, entry)
    # Nothing that matches is no failure: the real agent says so and succeeds.


def translated(query):
    """A query as a regular expression: `*` stays within a folder, `**` does not."""
    parts = re.split(r"(\*\*|\*)", query)
    return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)


def found(query, options):
    build = options.get("build")
    folder = STORE / "builds" / quote(build or need("BUILDKITE_BUILD_ID"), safe="")
    if not folder.is_dir():
        fail("404 Not Found: no build found")
    retried = lines(folder / "retried.jsonl")
    entries = [
        e for e in lines(folder / "artifacts.jsonl") if re.fullmatch(translated(query), e["path"])
    ]
    if not options.get("include-retried-jobs"):
        entries = [e for e in entries if e["job"] not in retried]
    if "step" in options:
        entries = [e for e in entries if options["step"] in (e["step"], e["job"])]
    if len(entries) > 1 and "*" not in query:
        fail(
            f"400 Multiple artifacts were found for query: `{query}`. Try scoping by the job ID or name."
        )
    return entries


def artifact_search(arguments, options):
    entries = found(arguments[0], options) if arguments else fail("Missing artifact search query")
    if not entries and not options.get("allow-empty-results"):
        fail(f'no matches found for "{arguments[0]}"')
    layout = options.get("format", "%j %p\\n").replace("\\n", "\n")
    for entry in entries:
        sys.stdout.write(layout.replace("%p", entry["path"]).replace("%j", entry["job"]))


def artifact_download(arguments, options):
    if len(arguments) != 2:
        fail("Missing artifact download path")
    query, destination = arguments[0], os.path.abspath(arguments[1])
    if not os.path.isdir(destination):
        fail(f"could not find information about destination: {destination}")
    entries = found(query, options) or fail(
        "failed to download artifacts: no artifacts found for downloading"
    )
    if os.path.basename(destination) == query.split("/")[0]:
        destination = os.path.dirname(destination)
    for entry in entries:
        target = os.path.join(destination, entry["path"])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(entry["blob"], target)


# --- meta-data, annotations


def meta_file(arguments, options):
    key = arguments[0] if arguments else fail("Missing meta-data key")
    return build_folder(options.get("build")) / "meta" / quote(key, safe="")


def meta_exists(arguments, options):
    if not meta_file(arguments, options).exists():
        sys.exit(100)


def meta_get(arguments, options):
    path = meta_file(arguments, options)
    if path.exists():
        sys.stdout.write(path.read_text())
    elif "default" in options:
        sys.stdout.write(options["default"])
    else:
        fail("failed to get meta-data: 404 Not Found: No key found")


def meta_set(arguments, options):
    value = arguments[1] if len(arguments) > 1 else sys.stdin.read()
    if not value.strip():
        fail("value cannot be empty, or composed of only whitespace characters")
    if len(value) > 100 * 1024:
        fail("failed to set meta-data: 422 Value is too long")
    meta_file(arguments, options).write_text(value)


def annotate(arguments, options):
    body = (arguments[0] if arguments else sys.stdin.read()).encode()
    if len(body) > MIB:
        fail(f"annotation body size ({len(body)}B) exceeds maximum ({MIB}B)")
    context = options.get("context", "default")
    if len(context) > 100 or options.get("style", "info") not in (
        "success",
        "info",
        "warning",
        "error",
    ):
        fail("failed to annotate build: 422")
    path = build_folder() / "annotations" / quote(context, safe="")
    with path.open("ab" if options.get("append") else "wb") as out:
        out.write(body)
    path.with_name(path.name + ".style").write_text(options.get("style", ""))


# --- steps


def interpolated(value):
    """$VAR, ${VAR}, ${VAR:-default}, ${VAR?error}; $$ and \\$ stand for a dollar sign."""
    if isinstance(value, dict):
        return {interpolated(k): interpolated(v) for k, v in value.items()}
    if isinstance(value, list):
        return [interpolated(v) for v in value]
    if not isinstance(value, str):
        return value

    def fill(match):
        if match[0] in ("$$", "\\$"):
            return "$"
        name, mark, rest = match[1] or match[2], match[3], match[4]
        there = os.environ.get(name)
        if mark == "?" and there is None:
            fail(f"${name}: {rest or 'not set'}")
        return rest if mark == ":-" and not there else there or ""

    pattern = r"\$\$|\\\$|\$(?:(\w+)|\{(\w+)(?:(:-|\?)([^}]*))?\})"
    return re.sub(pattern, fill, value)


COMMAND_KEYS = {
    "label", "key", "depends_on", "allow_dependency_failure", "parallelism", "command", "env", "plugins",
    "artifact_paths", "retry", "soft_fail", "concurrency", "concurrency_group", "timeout_in_minutes",
}  # fmt: skip


def check_plugin(name, settings):
    """What an agent that validates plugins refuses, for the one that is tested."""
    import yaml

    if not name.partition("#")[0].endswith("evenshard"):
        return
    known = yaml.safe_load((Path(os.environ["STAND_IN_PLUGIN"]) / "plugin.yml").read_text())
    known = known["configuration"]["properties"]
    for key, value in (settings or {}).items():
        if key not in known or value not in known[key].get("enum", [value]):
            fail(f"plugin {name}: {key}: {value} is not valid")


def pipeline_upload(arguments, options):
    import yaml

    text = Path(arguments[0]).read_text() if arguments else sys.stdin.read()
    pipeline = yaml.safe_load(text)
    pipeline.pop("common", None)
    pipeline = interpolated(pipeline)
    unknown = set(pipeline) - {"steps", "env"}
    if unknown:
        fail(f"Pipeline upload rejected: {unknown} are not valid")
    folder = build_folder()
    keys = {
        upload_step.get("key")
        for upload in lines(folder / "uploads.jsonl")
        for upload_step in upload["steps"]
    }
    for step in pipeline["steps"]:
        if set(step) - COMMAND_KEYS:
            fail(
                f"Pipeline upload rejected: {set(step) - COMMAND_KEYS} are not valid on a command step"
            )
        if not isinstance(step.get("parallelism", 1), int):
            fail("Pipeline upload rejected: parallelism must be a number")
        for plugin in step.get("plugins", []):
            for name, settings in plugin.items():
                check_plugin(name, settings)
        if step.get("key") in keys - {None}:
            fail(
                f'Pipeline upload rejected: The key "{step["key"]}" has already been used by another step in this build'
            )
        keys.add(step.get("key"))
    pipeline["by"] = os.environ.get("BUILDKITE_STEP_KEY")
    append(folder / "uploads.jsonl", pipeline)


def step_get(arguments, options):
    uploads = lines(build_folder(options.get("build")) / "uploads.jsonl")
    steps = [step for upload in uploads for step in upload["steps"]]
    wanted = options.get("step") or need("BUILDKITE_STEP_ID")
    if not any(step.get("key") == wanted for step in steps):
        fail("failed to get step: 404 Not Found: Step not found")
    print("running")


# What each command takes: options with a value, options without.
COMMANDS = {
    "artifact upload": (artifact_upload, {"job", "content-type"}, set()),
    "artifact search": (
        artifact_search,
        {"step", "build", "format"},
        {"include-retried-jobs", "allow-empty-results"},
    ),
    "artifact download": (artifact_download, {"step", "build"}, {"include-retried-jobs"}),
    "meta-data exists": (meta_exists, {"job", "build"}, set()),
    "meta-data get": (meta_get, {"default", "job", "build"}, set()),
    "meta-data set": (meta_set, {"job"}, set()),
    "annotate": (annotate, {"context", "style", "priority", "job", "scope"}, {"append"}),
    "pipeline upload": (pipeline_upload, {"job"}, {"replace", "no-interpolation", "dry-run"}),
    "step get": (step_get, {"step", "build", "format"}, set()),
}


def main(words):
    command = next((c for c in COMMANDS if words[: c.count(" ") + 1] == c.split()), None)
    if command is None:
        fail(f"No help topic for '{' '.join(words[:2])}'", 3)
    run, with_value, without = COMMANDS[command]
    rest, arguments, options = words[command.count(" ") + 1 :], [], {}
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            arguments.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name in without:
            options[name] = True
        elif name in with_value:
            options[name] = value if equals else rest.pop(0)
        else:
            fail(f"Incorrect Usage: flag provided but not defined: -{name}")
    need("BUILDKITE_AGENT_ACCESS_TOKEN")
    need("BUILDKITE_JOB_ID")
    append(STORE / "calls.jsonl", [command, *arguments])
    hiccups = STORE / "hiccups.json"
    left = json.loads(hiccups.read_text()) if hiccups.exists() else {}
    if left.get(command, 0) > 0:
        left[command] -= 1
        hiccups.write_text(json.dumps(left))
        fail(f"{command}: 503 Service Unavailable")
    run(arguments, options)


if __name__ == "__main__":
    STORE.mkdir(parents=True, exist_ok=True)
    with open(STORE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        main(sys.argv[1:])
