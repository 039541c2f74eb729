"""Runs one build of a pipeline of docs/ci.md, jobs one after the other in checkouts of their own.

    runner.py PIPELINE PROVIDER PROJECT STORE BUILD

It knows just as much of each CI as the page uses, and stops at anything else. Artifacts and
workspaces are folders of STORE/BUILD, caches of STORE/cache. Prints the jobs as JSON: name,
exit status and what they said.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

import yaml


class Build:
    def __init__(self, project, store, number):
        self.project, self.store, self.number = project, store, number
        self.shared = os.path.join(store, "build-" + number)
        self.cache = os.path.join(store, "cache")
        self.jobs = []
        os.makedirs(self.cache, exist_ok=True)

    def job(self, name, variables):
        folder = os.path.join(self.store, "work", "%s-%s-%d" % (self.number, name, len(self.jobs)))
        shutil.copytree(self.project, folder)
        job = Job(self, name, folder, variables)
        self.jobs.append(job)
        return job

    def artifacts(self, name):
        folder = os.path.join(self.shared, name)
        os.makedirs(folder, exist_ok=True)
        return folder


class Job:
    def __init__(self, build, name, folder, variables):
        self.build, self.name, self.folder = build, name, folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": build.store, "LC_ALL": "C.UTF-8"}
        self.environment.update(
            {
                k: os.environ[k]
                for k in ("TMPDIR", "PYTHONPATH", "PYTEST_PLUGINS", "WITNESS_LOG", "CI_STORE")
                if k in os.environ
            }
        )
        self.environment.update(variables, CI="true")
        self.status, self.said, self.lines = 0, "", []

    def run(self, script):
        """One script step; a job that has failed runs no more of them."""
        if self.status == 0:
            done = subprocess.run(
                ["bash", "-e", "-c", script],
                cwd=self.folder,
                text=True,
                env=self.environment,
                capture_output=True,
            )
            self.status, self.said = done.returncode, self.said + done.stdout + done.stderr
            self.lines.append(script)

    def put(self, pattern, folder):
        """Keeps what the pattern finds, with its path."""
        found = sorted(glob.glob(os.path.join(self.folder, pattern), recursive=True))
        for path in found:
            target = os.path.join(folder, os.path.relpath(path, self.folder))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(path):
                shutil.copytree(path, target, dirs_exist_ok=True)
            else:
                shutil.copy(path, target)
        return bool(found)

    def get(self, folder, below="."):
        if os.path.isdir(folder):
            shutil.copytree(folder, os.path.join(self.folder, below), dirs_exist_ok=True)


def known(mapping, *keys):
    """Stops at a key that this runner knows nothing of."""
    unknown = set(mapping) - set(keys)
    assert not unknown, "unknown: %s in %s" % (unknown, mapping)


def filled(value, words, opening, closing):
    """Expressions such as ${{ github.run_id }}, each of which has to be known."""

    def word(match):
        return str(words[match.group(1).strip()])

    return re.sub(re.escape(opening) + "(.*?)" + re.escape(closing), word, str(value))


def gitlab(page, build):
    image = page.pop("default")["image"]
    assert image and page.pop("stages") == ["plan", "test", "verify"]
    # Without rules for the workflow, jobs without rules are in no pipeline of a merge request.
    sources = [rule["if"] for rule in page.pop("workflow")["rules"]]
    assert sources[0] == '$CI_PIPELINE_SOURCE == "merge_request_event"', sources
    for name, spec in page.items():
        known(
            spec,
            "stage",
            "cache",
            "script",
            "artifacts",
            "needs",
            "parallel",
            "retry",
            "rules",
            "variables",
        )
        count = spec.get("parallel", 1)
        for index in range(1, count + 1):
            variables = {
                "GITLAB_CI": "true",
                "CI_PIPELINE_ID": build.number,
                "CI_JOB_ID": "9%d" % index,
                "CI_NODE_TOTAL": str(count),
                "CI_COMMIT_BRANCH": "main",
                "CI_DEFAULT_BRANCH": "main",
            }
            if count > 1:
                variables["CI_NODE_INDEX"] = str(index)
            job = build.job(name, variables)
            cache = spec.get("cache", {"policy": "none"})
            policy = cache["policy"]
            if policy.startswith("$"):
                policy = spec["rules"][0]["variables"][policy[1:]]
            if "pull" in policy:
                job.get(os.path.join(build.cache, cache["key"]))
            if "needs" in spec:
                job.get(build.artifacts("all"))
            job.run("\n".join(spec["script"]))
            for path in spec.get("artifacts", {}).get("paths", []):
                job.put(path.rstrip("/"), build.artifacts("all"))
            if "push" in policy and job.status == 0:
                for path in cache["paths"]:
                    job.put(path, os.path.join(build.cache, cache["key"]))


def circleci(page, build):
    workflow = page["workflows"]["tests"]["jobs"]
    for entry in workflow:
        name = entry if isinstance(entry, str) else next(iter(entry))
        spec = page["jobs"][name]
        known(spec, "docker", "steps", "parallelism")
        count = spec.get("parallelism", 1)
        for index in range(count):
            job = build.job(
                name,
                {
                    "CIRCLECI": "true",
                    "CIRCLE_NODE_INDEX": str(index),
                    "CIRCLE_NODE_TOTAL": str(count),
                    "CIRCLE_WORKFLOW_ID": build.number,
                    "CIRCLE_BUILD_NUM": "7",
                    "CIRCLE_BRANCH": "main",
                },
            )
            for step in spec["steps"]:
                circleci_step(step, job)


def circleci_step(step, job):
    build = job.build
    if step == "checkout":
        return
    ((kind, options),) = step.items()
    if kind == "run":
        job.run(options)
    elif kind == "restore_cache":
        found = glob.glob(os.path.join(build.cache, options["keys"][0] + "*"))
        if found:
            job.get(max(found, key=os.path.getmtime))
    elif kind == "save_cache":
        for path in options["paths"]:
            job.put(
                path, os.path.join(build.cache, options["key"].replace("{{ epoch }}", build.number))
            )
    elif kind == "persist_to_workspace":
        for path in options["paths"]:
            assert job.put(path, build.artifacts("workspace")), "an absent path fails the step"
    elif kind == "attach_workspace":
        job.get(build.artifacts("workspace"))
    elif kind == "when":
        assert options["condition"] == {"equal": ["main", "<< pipeline.git.branch >>"]}
        for inner in options["steps"]:
            circleci_step(inner, job)
    else:
        assert kind == "store_test_results", kind


def azure(page, build):
    for spec in page["jobs"]:
        known(spec, "job", "steps", "dependsOn", "strategy", "condition")
        count = spec.get("strategy", {}).get("parallel", 1)
        for index in range(1, count + 1):
            job = build.job(
                spec["job"],
                {
                    "TF_BUILD": "True",
                    "SYSTEM_JOBPOSITIONINPHASE": str(index),
                    "SYSTEM_JOBATTEMPT": "1",
                    "SYSTEM_TOTALJOBSINPHASE": str(count),
                    "BUILD_BUILDID": build.number,
                    "SYSTEM_JOBID": "j%d" % index,
                    "BUILD_SOURCEBRANCH": "refs/heads/main",
                },
            )
            workspace = job.folder + "-pipeline"
            words = {
                "Pipeline.Workspace": workspace,
                "System.JobPositionInPhase": index,
                "System.JobAttempt": 1,
            }
            for step in spec["steps"]:
                azure_step(step, job, workspace, words)


def azure_step(step, job, workspace, words):
    build = job.build
    if "script" in step:
        job.run(filled(step["script"], words, "$(", ")"))
    elif "publish" in step:
        name = filled(step["artifact"], words, "$(", ")")
        folder = build.cache if name == "timings" else build.artifacts("pipeline")
        path = os.path.join(job.folder, step["publish"])
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join(folder, name))
        else:
            os.makedirs(os.path.join(folder, name), exist_ok=True)
            shutil.copy(path, os.path.join(folder, name))
    elif "download" in step:
        job.get(
            os.path.join(build.artifacts("pipeline"), step.get("artifact", "")),
            os.path.join(workspace, step.get("artifact", "")),
        )
    else:
        assert step["task"] == "DownloadPipelineArtifact@2" and step["continueOnError"], step
        job.get(os.path.join(build.cache, step["inputs"]["artifact"]), step["inputs"]["path"])


def semaphore(page, build):
    prologue = page["global_job_config"]["prologue"]["commands"]
    for block in page["blocks"]:
        known(block, "name", "dependencies", "task")
        known(block["task"], "jobs", "epilogue")
        for spec in block["task"]["jobs"]:
            count = spec.get("parallelism", 1)
            for index in range(1, count + 1):
                variables = {
                    "SEMAPHORE": "true",
                    "SEMAPHORE_WORKFLOW_ID": build.number,
                    "SEMAPHORE_JOB_ID": "j%d" % index,
                    "SEMAPHORE_GIT_REF": "refs/heads/main",
                }
                if count > 1:
                    variables.update(SEMAPHORE_JOB_INDEX=str(index), SEMAPHORE_JOB_COUNT=str(count))
                job = build.job(spec["name"], variables)
                # `checkout`, `cache` and `artifact` are programs of Semaphore's agents.
                for command in [
                    *prologue,
                    *spec["commands"],
                    *block["task"].get("epilogue", {}).get("always", {}).get("commands", []),
                ]:
                    job.run(command)


def bitbucket(page, build):
    steps = []
    for entry in page["pipelines"]["default"]:
        group = entry.get("parallel") or [entry]
        steps += [(i, len(group), step["step"]) for i, step in enumerate(group)]
    for index, count, spec in steps:
        known(spec, "name", "script", "artifacts", "caches")
        variables = {
            "BITBUCKET_BUILD_NUMBER": build.number,
            "BITBUCKET_STEP_RUN_NUMBER": "1",
            "BITBUCKET_STEP_UUID": "{%d}" % index,
            "BITBUCKET_BRANCH": "main",
        }
        if count > 1:
            variables.update(
                BITBUCKET_PARALLEL_STEP=str(index), BITBUCKET_PARALLEL_STEP_COUNT=str(count)
            )
        job = build.job(spec["name"], variables)
        job.get(build.artifacts("all"))
        for cache in spec.get("caches", []):
            job.get(os.path.join(build.cache, cache))
        job.run("\n".join(spec["script"]))
        for pattern in spec.get("artifacts", []):
            job.put(pattern, build.artifacts("all"))
        for cache in spec.get("caches", []):
            # One that is there is kept for a week.
            if not os.path.exists(os.path.join(build.cache, cache)):
                job.put(page["definitions"]["caches"][cache], os.path.join(build.cache, cache))


def jenkins(text, build):
    """Groovy: just the steps, in their order, below the stage that they stand in."""
    values = re.findall("'(.*?)'", re.search(r"values (.*)", text).group(1))
    stages = re.split(r"stage\('(\w+)'\) \{", text)
    for name, body in zip(stages[1::2], stages[2::2]):
        if name == "test":
            continue  # the stage of this name holds the matrix, `shard` the steps
        for value in values if name == "shard" else [None]:
            job = build.job(
                name,
                {
                    "JENKINS_HOME": "/var/lib/jenkins",
                    "BUILD_TAG": "jenkins-shop-" + build.number,
                    "BUILD_NUMBER": build.number,
                    "BRANCH_NAME": "main",
                    "STAGE_NAME": name,
                    **({"SHARD": value} if value else {}),
                },
            )
            for line in map(str.strip, body.splitlines()):
                stash = re.search(r"stash name: [\"'](.*?)[\"'], includes: '(.*?)'", line)
                if line.startswith("sh '"):
                    job.run(line[len("sh '") : -1])
                elif stash:
                    job.put(
                        stash.group(2),
                        build.artifacts(stash.group(1).replace("${SHARD}", value or "")),
                    )
                elif line.startswith("unstash"):
                    job.get(build.artifacts(line.split("'")[1]))
                elif line.startswith("copyArtifacts"):
                    job.get(os.path.join(build.cache, "archive"))
                elif line.startswith("archiveArtifacts"):
                    job.put("timings.json", os.path.join(build.cache, "archive"))
                else:
                    assert re.match(
                        r"(steps|agent|stages|matrix|axes|post|options|axis|name|values|\}|$)", line
                    ), line


def main(pipeline, provider, project, store, number):
    build = Build(project, store, number)
    with open(pipeline, encoding="utf-8") as file:
        text = file.read()
    jenkins(text, build) if provider == "jenkins" else globals()[provider](
        yaml.safe_load(text), build
    )
    jobs = [
        {"name": j.name, "status": j.status, "said": j.said, "lines": j.lines} for j in build.jobs
    ]
    json.dump(jobs, sys.stdout)


main(*sys.argv[1:])
