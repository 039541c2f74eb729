"""Runs a workflow as GitHub Actions would, as far as the examples and the action use it.

    runner.py SCENARIO

SCENARIO is JSON: `repository` (a folder), `workflow`, `action` (the folder of the action under
test), `store` (a folder that outlives runs), `run`, `attempt`, `only` (the jobs to run again; all
without it), `event`, `ref`, `lost` (jobs that never start), `read_only` (the cache takes nothing),
`taken` (the key of the plan is another job's, whose plan this file holds, and comes back at the
restore of this number). It stops at what it does not know, and refuses what the services refuse.
Prints the jobs as JSON.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

DEFAULT = "refs/heads/main"


class Refused(Exception):
    """The service or the workflow's own rules say no: the step fails."""


# --- expressions


TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|!|\(|\)|,|[A-Za-z_][\w.-]*|\d+)")


def evaluate(text, contexts, status):
    """The value of an expression; a context or function that is not there is an error."""

    def look(name):
        value = contexts
        for at, part in enumerate(name.split(".")):
            if not isinstance(value, dict):
                return ""
            if part not in value and (
                at == 0 or (name.split(".")[0] in ("inputs", "steps") and at == 1)
            ):
                raise AssertionError("unknown: " + name)
            value = value.get(part, "")
        return value

    functions = {
        "always": lambda: True,
        "success": lambda: status == "success",
        "failure": lambda: status == "failure",
        "format": lambda form, *rest: form.format(*rest),
        "look": look,
    }
    source, at = [], 0
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        assert found, "cannot be read: " + text[at:]
        token, at = found.group(1), found.end()
        if token[0] == "'":
            source.append(repr(token[1:-1].replace("''", "'")))
        elif token[0].isalpha() and re.match(r"\s*\(", text[at:]):
            assert token in functions, "unknown: " + token
            source.append(token)
        elif token[0].isalpha():
            source.append("look(%r)" % token)
        else:
            source.append({"&&": " and ", "||": " or ", "!": " not "}.get(token, token))
    return eval("".join(source), {"__builtins__": {}}, functions)


def filled(value, contexts, status="success"):
    """A text with its expressions; booleans are words, as the runner writes them."""

    def word(match):
        found = evaluate(match.group(1), contexts, status)
        if isinstance(found, bool):
            return str(found).lower()
        return str(found)

    return re.sub(r"\$\{\{(.*?)\}\}", word, str(value))


def holds(condition, contexts, status):
    if condition is None:
        return status == "success"
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(condition).strip())
    if not re.search(r"\b(always|success|failure|cancelled)\(", text):
        text = "success() && (%s)" % text
    return bool(evaluate(text, contexts, status))


# --- services


class Services:
    def __init__(self, scenario):
        self.scenario = scenario
        self.caches = Path(scenario["store"]) / "caches"
        self.artifacts = Path(scenario["store"]) / "artifacts" / scenario["run"]
        self.caches.mkdir(parents=True, exist_ok=True)
        self.artifacts.mkdir(parents=True, exist_ok=True)
        self.restores = 0

    def known(self, options, *names):
        for name in options:
            if name not in names:
                raise Refused("Unexpected input(s) '%s'" % name)

    def entries(self):
        for entry in sorted(self.caches.iterdir(), key=lambda e: int(e.name)):
            yield entry, json.loads((entry / "key.json").read_text())

    def keep(self, key, path, ref, source):
        entry = self.caches / str(sum(1 for _ in self.caches.iterdir()))
        entry.mkdir()
        (entry / "key.json").write_text(json.dumps({"key": key, "path": path, "ref": ref}))
        copy(source, entry / "content")

    def restore(self, options, job):
        self.known(options, "path", "key", "restore-keys")
        self.check(options["key"])
        path = options["path"]
        if self.scenario.get("taken") and path.endswith("plan.json"):
            self.restores += 1
            if self.restores == self.scenario["taken"]["restore"]:
                self.keep(options["key"], path, job.ref, Path(self.scenario["taken"]["plan"]))
        # A job sees the caches of its own ref and of the default branch.
        seen = [
            (e, k)
            for e, k in self.entries()
            if k["path"] == path and k["ref"] in (job.ref, DEFAULT)
        ]
        exact = [e for e, k in seen if k["key"] == options["key"]]
        prefixes = options.get("restore-keys", "").split()
        near = [e for e, k in seen if any(k["key"].startswith(p) for p in prefixes)]
        found = (exact or near)[-1:]
        for entry in found:
            copy(entry / "content", job.workspace / path)
        return {"cache-hit": "true" if exact else "false" if near else ""}

    def save(self, options, job):
        self.known(options, "path", "key")
        self.check(options["key"])
        path, key = options["path"], options["key"]
        if not (job.workspace / path).exists():
            job.say("Warning: Path Validation Error: Path(s) specified in the action do not exist")
        elif self.scenario.get("read_only"):
            job.say("Warning: Failed to save: cache write denied: token has no writable scopes")
        elif (self.scenario.get("taken") and path.endswith("plan.json")) or any(
            k["key"] == key and k["path"] == path and k["ref"] == job.ref for _, k in self.entries()
        ):
            job.say("Warning: Failed to save: Unable to reserve cache with key " + key)
        else:
            self.keep(key, path, job.ref, job.workspace / path)
        return {}

    def check(self, key):
        if len(key) > 512 or "," in key or not key:
            raise Refused("Key Validation Error: " + key)

    def upload(self, options, job):
        self.known(options, "name", "path", "overwrite")
        name = options["name"]
        if not name or re.search(r'[":<>|*?\r\n\\/]', name):
            raise Refused("The artifact name is not valid: " + name)
        if (self.artifacts / name).exists():
            raise Refused(
                "409 Conflict: an artifact with this name already exists on the workflow run"
            )
        source = job.workspace / options["path"]
        if not source.exists():
            job.say("Warning: No files were found with the provided path: " + options["path"])
            return {}
        copy(source, self.artifacts / name / "content")
        (self.artifacts / name / "attempt").write_text(str(self.scenario["attempt"]))
        return {}

    def download(self, options, job):
        self.known(options, "name", "pattern", "path", "merge-multiple", "run-id", "github-token")
        if options.get("run-id") and not options.get("github-token"):
            raise Refused("run-id needs a github-token")
        names = re.escape(options.get("name") or options["pattern"]).replace("\\*", ".*")
        found = [a for a in sorted(self.artifacts.iterdir()) if re.fullmatch(names, a.name)]
        if not options.get("run-id"):
            # Whether it sees those of earlier attempts is not documented: here it does not.
            now = str(self.scenario["attempt"])
            found = [a for a in found if (a / "attempt").read_text() == now]
        if options.get("name") and not found:
            raise Refused("Unable to download artifact(s): Artifact not found for name")
        for artifact in found:
            below = "" if options.get("merge-multiple") == "true" else artifact.name
            copy(artifact / "content", job.workspace / options.get("path", ".") / below)
        return {}


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


# --- jobs


class Job:
    def __init__(self, services, name, matrix, total, env, count):
        scenario = services.scenario
        self.services, self.name, self.matrix = services, name, matrix
        self.ref, self.said, self.summary = scenario["ref"], "", ""
        work = (
            Path(scenario["store"])
            / "work"
            / ("%s-%s-%s" % (scenario["run"], scenario["attempt"], count))
        )
        self.work, self.workspace = work, work / "checkout"
        self.workspace.mkdir(parents=True)
        event = work / "event.json"
        event.write_text(json.dumps({"repository": {"default_branch": "main"}}))
        self.path = os.environ["PATH"]
        self.environment = {
            "HOME": str(work),
            "LC_ALL": "C.UTF-8",
            "PYTEST_ADDOPTS": "-p no:randomly -p no:cacheprovider",
            "RAN_LOG": str(work / "ran"),
            "EVENSHARD_ACTION_WAIT": "0",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_ID": scenario["run"],
            "GITHUB_RUN_ATTEMPT": str(scenario["attempt"]),
            "GITHUB_JOB": name,
            "GITHUB_REF": self.ref,
            "GITHUB_EVENT_NAME": scenario["event"],
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_WORKSPACE": str(self.workspace),
            **env,
        }
        self.contexts = {
            "github": {
                "run_id": scenario["run"],
                "run_attempt": str(scenario["attempt"]),
                "job": name,
                "ref": self.ref,
                "event_name": scenario["event"],
                "event": {
                    "repository": {"default_branch": "main"},
                    "pull_request": {
                        "head": {"repo": {"full_name": scenario.get("head", "owner/shop")}}
                    },
                },
                "repository": "owner/shop",
                "actor": scenario.get("actor", "someone"),
                "token": "token",
            },
            "runner": {"os": "Linux", "arch": "X64"},
            "matrix": matrix,
            "strategy": {"job-total": total},
            "env": dict(env),
        }

    def say(self, text):
        self.said += text + "\n"

    def steps(self, steps, contexts, action=None):
        """Runs steps in order; their status at the end."""
        status = "success"
        contexts = {**contexts, "steps": {}}
        # An `if` may name a step that comes later or was skipped.
        ids = [step["id"] for step in steps if "id" in step]
        assert len(ids) == len(set(ids)), ids
        for step in steps:
            allowed = {
                "id",
                "name",
                "if",
                "uses",
                "with",
                "run",
                "env",
                "shell",
                "working-directory",
                "continue-on-error",
            }
            assert set(step) <= allowed, set(step) - allowed
            outcome, outputs = "skipped", {}
            if holds(step.get("if"), contexts, status):
                outcome, outputs = self.step(step, contexts, action)
                if outcome == "failure" and step.get("continue-on-error") is not True:
                    status = "failure"
            if "id" in step:
                contexts["steps"][step["id"]] = {"outcome": outcome, "outputs": outputs}
        return status

    def step(self, step, contexts, action):
        env = {k: filled(v, contexts) for k, v in step.get("env", {}).items()}
        try:
            if "run" in step:
                assert action is None or "shell" in step, "a composite action names its shell"
                return self.script(step, env, contexts, action)
            options = {k: filled(v, contexts) for k, v in step.get("with", {}).items()}
            return "success", self.uses(step["uses"], options, contexts)
        except Refused as refused:
            self.say("Error: %s" % refused)
            return "failure", {}

    def script(self, step, env, contexts, action):
        files = {}
        for name in ("OUTPUT", "PATH", "STEP_SUMMARY"):
            file = self.work / ("github-" + name)
            file.write_text("")
            files["GITHUB_" + name] = str(file)
        folder = self.workspace / filled(step.get("working-directory", "."), contexts)
        ran = subprocess.run(
            ["bash", "-e", "-c", filled(step["run"], contexts)],
            cwd=folder,
            text=True,
            capture_output=True,
            env={
                **self.environment,
                **env,
                **files,
                "PATH": self.path,
                **({"GITHUB_ACTION_PATH": action} if action else {}),
            },
        )
        self.said += ran.stdout + ran.stderr
        self.summary += Path(files["GITHUB_STEP_SUMMARY"]).read_text()
        for folder in Path(files["GITHUB_PATH"]).read_text().splitlines():
            self.path = folder + ":" + self.path
        lines = Path(files["GITHUB_OUTPUT"]).read_text().splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        return "failure" if ran.returncode else "success", outputs

    def uses(self, name, options, contexts):
        action, _, version = name.partition("@")
        assert version, "an action without a version: " + name
        services = {
            "actions/cache/restore": self.services.restore,
            "actions/cache/save": self.services.save,
            "actions/upload-artifact": self.services.upload,
            "actions/download-artifact": self.services.download,
        }
        if action == "actions/checkout":
            copy(Path(self.services.scenario["repository"]), self.workspace)
            return {}
        if action in services:
            assert version == "v4", name
            return services[action](options, self)
        assert action == "OWNER/evenshard/integrations/github-action", name
        return self.composite(options, contexts)

    def composite(self, options, contexts):
        folder = self.services.scenario["action"]
        action = yaml.safe_load((Path(folder) / "action.yml").read_text())
        self.services.known(options, *action["inputs"])
        assert action["runs"]["using"] == "composite"
        inputs = {k: options.get(k, v.get("default", "")) for k, v in action["inputs"].items()}
        # Neither the matrix nor secrets are there.
        inner = {k: contexts[k] for k in ("github", "runner", "env")}
        inner["github"] = {**inner["github"], "action_path": folder, "action_ref": "v1.0.0"}
        if self.steps(action["runs"]["steps"], {**inner, "inputs": inputs}, folder) == "failure":
            raise Refused("the action failed")
        return {}


def entries(spec):
    """The matrix of a job: every entry, or one without."""
    matrix = spec.get("strategy", {}).get("matrix", {})
    found = [{}]
    for name, values in matrix.items():
        found = [{**entry, name: value} for entry in found for value in values]
    return found


def main(scenario):
    workflow = yaml.safe_load((Path(scenario["repository"]) / scenario["workflow"]).read_text())
    assert set(workflow) <= {"name", True, "env", "jobs"}, set(workflow)  # `on` is true in YAML 1.1
    services = Services(scenario)
    results, jobs = dict(scenario.get("earlier", {})), []
    for name, spec in workflow["jobs"].items():
        allowed = {"runs-on", "strategy", "steps", "needs", "if", "env", "permissions"}
        assert set(spec) <= allowed, set(spec) - allowed
        statuses = []
        all_entries = entries(spec)
        for matrix in all_entries:
            key = "-".join([name, *map(str, matrix.values())])
            if scenario.get("only") is not None and key not in scenario["only"]:
                statuses.append(scenario["earlier"][key])
                continue
            needs = [spec["needs"]] if isinstance(spec.get("needs"), str) else spec.get("needs", [])
            before = "success" if all(results[n] == "success" for n in needs) else "failure"
            env = {**workflow.get("env", {}), **spec.get("env", {})}
            job = Job(services, name, matrix, len(all_entries), env, key)
            if key in scenario.get("lost", []):
                status = "failure"
            elif holds(spec.get("if"), job.contexts, before):
                status = job.steps(spec["steps"], job.contexts)
            else:
                status = "skipped"
            ran = job.work / "ran"
            statuses.append(status)
            jobs.append(
                {
                    "name": key,
                    "status": status,
                    "said": job.said,
                    "summary": job.summary,
                    "ran": ran.read_text().splitlines() if ran.exists() else [],
                }
            )
        results[name] = "success" if all(s == "success" for s in statuses) else "failure"
    json.dump(jobs, sys.stdout)


main(json.loads(sys.argv[1]))
