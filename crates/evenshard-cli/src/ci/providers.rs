//! The table of CI providers, with the variables that their documentation lists. A new provider
//! is one more entry.

/// A provider and its variables for the parallel index and count, the build, the job, the attempt
/// and the branch.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(super) name: &'static str,
    /// A variable that only this provider sets.
    pub(super) marker: &'static str,
    pub(super) index: &'static str,
    pub(super) count: &'static str,
    /// The index of the first job.
    pub(super) base: u32,
    pub(super) build: &'static str,
    pub(super) job: &'static str,
    /// The variables that name the project and the commit; empty where none does.
    pub(super) project: &'static str,
    pub(super) commit: &'static str,
    /// The variable that counts attempts, and its value in the first one.
    pub(super) attempt: Option<(&'static str, u32)>,
    /// The variable that all parallel jobs of one kind share, and no other job of the build.
    pub(super) step: &'static str,
    pub(super) branch: Branch,
    /// The setting that makes it run several jobs of one kind.
    pub(super) parallel: &'static str,
}

/// The variables that name the branch that a build is of.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(super) name: &'static str,
    /// The default branch of the repository.
    pub(super) default: &'static str,
    /// It is set in builds of pull requests, and not to `false`.
    pub(super) pull_request: &'static str,
    /// The branch that a merge queue is for.
    pub(super) queue_for: &'static str,
}

impl Branch {
    /// A provider that does not tell the default branch.
    const fn without_default(name: &'static str, pull_request: &'static str) -> Self {
        Self {
            name,
            default: "",
            pull_request,
            queue_for: "",
        }
    }
}

/// The known providers, in the order in which their markers are tried.
pub(crate) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "Buildkite",
        marker: "BUILDKITE",
        index: "BUILDKITE_PARALLEL_JOB",
        count: "BUILDKITE_PARALLEL_JOB_COUNT",
        base: 0,
        build: "BUILDKITE_BUILD_ID",
        job: "BUILDKITE_JOB_ID",
        project: "BUILDKITE_PIPELINE_SLUG",
        commit: "BUILDKITE_COMMIT",
        attempt: Some(("BUILDKITE_RETRY_COUNT", 0)),
        step: "BUILDKITE_STEP_ID",
        branch: Branch {
            name: "BUILDKITE_BRANCH",
            default: "BUILDKITE_PIPELINE_DEFAULT_BRANCH",
            pull_request: "BUILDKITE_PULL_REQUEST",
            queue_for: "BUILDKITE_MERGE_QUEUE_BASE_BRANCH",
        },
        parallel: "`parallelism: 20` in the step",
    },
    Provider {
        name: "CircleCI",
        marker: "CIRCLECI",
        index: "CIRCLE_NODE_INDEX",
        count: "CIRCLE_NODE_TOTAL",
        base: 0,
        build: "CIRCLE_WORKFLOW_ID",
        job: "CIRCLE_BUILD_NUM",
        project: "CIRCLE_PROJECT_REPONAME",
        commit: "CIRCLE_SHA1",
        attempt: None,
        step: "CIRCLE_JOB",
        branch: Branch::without_default("CIRCLE_BRANCH", "CIRCLE_PULL_REQUEST"),
        parallel: "`parallelism: 20` in the job",
    },
    Provider {
        name: "GitLab",
        marker: "GITLAB_CI",
        index: "CI_NODE_INDEX",
        count: "CI_NODE_TOTAL",
        base: 1,
        build: "CI_PIPELINE_ID",
        job: "CI_JOB_ID",
        project: "CI_PROJECT_PATH",
        commit: "CI_COMMIT_SHA",
        attempt: None,
        step: "CI_JOB_NAME",
        branch: Branch {
            name: "CI_COMMIT_BRANCH",
            default: "CI_DEFAULT_BRANCH",
            pull_request: "CI_MERGE_REQUEST_IID",
            queue_for: "",
        },
        parallel: "`parallel: 20` in the job",
    },
    Provider {
        name: "Heroku",
        marker: "HEROKU_TEST_RUN_ID",
        index: "CI_NODE_INDEX",
        count: "CI_NODE_TOTAL",
        base: 0,
        build: "HEROKU_TEST_RUN_ID",
        job: "HEROKU_TEST_RUN_ID",
        project: "",
        commit: "HEROKU_TEST_RUN_COMMIT_VERSION",
        attempt: None,
        step: "",
        branch: Branch::without_default("HEROKU_TEST_RUN_BRANCH", ""),
        parallel: "`\"quantity\": 20` of the test dynos in app.json",
    },
    Provider {
        name: "Semaphore",
        marker: "SEMAPHORE",
        index: "SEMAPHORE_JOB_INDEX",
        count: "SEMAPHORE_JOB_COUNT",
        base: 1,
        build: "SEMAPHORE_WORKFLOW_ID",
        job: "SEMAPHORE_JOB_ID",
        project: "SEMAPHORE_PROJECT_NAME",
        commit: "SEMAPHORE_GIT_SHA",
        attempt: None,
        step: "SEMAPHORE_BLOCK_NAME",
        branch: Branch::without_default("SEMAPHORE_GIT_BRANCH", "SEMAPHORE_GIT_PR_NUMBER"),
        parallel: "`parallelism: 20` in the job",
    },
    Provider {
        name: "Azure Pipelines",
        marker: "TF_BUILD",
        index: "SYSTEM_JOBPOSITIONINPHASE",
        count: "SYSTEM_TOTALJOBSINPHASE",
        base: 1,
        build: "BUILD_BUILDID",
        job: "SYSTEM_JOBID",
        project: "BUILD_REPOSITORY_NAME",
        commit: "BUILD_SOURCEVERSION",
        attempt: Some(("SYSTEM_JOBATTEMPT", 1)),
        step: "SYSTEM_PHASENAME",
        branch: Branch::without_default("BUILD_SOURCEBRANCH", "SYSTEM_PULLREQUEST_PULLREQUESTID"),
        parallel: "`strategy: { parallel: 20 }` in the job",
    },
    Provider {
        name: "Bitbucket",
        marker: "BITBUCKET_BUILD_NUMBER",
        index: "BITBUCKET_PARALLEL_STEP",
        count: "BITBUCKET_PARALLEL_STEP_COUNT",
        base: 0,
        build: "BITBUCKET_BUILD_NUMBER",
        job: "BITBUCKET_STEP_UUID",
        project: "BITBUCKET_REPO_SLUG",
        commit: "BITBUCKET_COMMIT",
        attempt: Some(("BITBUCKET_STEP_RUN_NUMBER", 1)),
        step: "",
        branch: Branch::without_default("BITBUCKET_BRANCH", "BITBUCKET_PR_ID"),
        parallel: "a `parallel:` group of steps that all run this",
    },
    Provider {
        name: "Harness",
        marker: "HARNESS_BUILD_ID",
        index: "HARNESS_NODE_INDEX",
        count: "HARNESS_NODE_TOTAL",
        base: 0,
        build: "HARNESS_BUILD_ID",
        job: "HARNESS_STAGE_ID",
        project: "HARNESS_PROJECT_ID",
        commit: "",
        attempt: None,
        step: "",
        branch: Branch::without_default("", ""),
        parallel: "a parallelism strategy for the stage or step",
    },
    Provider {
        name: "Bitrise",
        marker: "BITRISE_IO",
        index: "BITRISE_IO_PARALLEL_INDEX",
        count: "BITRISE_IO_PARALLEL_TOTAL",
        base: 0,
        build: "BITRISE_BUILD_SLUG",
        job: "BITRISE_BUILD_SLUG",
        project: "BITRISE_APP_TITLE",
        commit: "BITRISE_GIT_COMMIT",
        attempt: None,
        step: "",
        branch: Branch::without_default("BITRISE_GIT_BRANCH", "BITRISE_PULL_REQUEST"),
        parallel: "parallel copies of the workflow (`parallel: 20`)",
    },
    // No index of its own: a matrix passes --shard.
    Provider {
        name: "GitHub Actions",
        marker: "GITHUB_ACTIONS",
        index: "",
        count: "",
        base: 1,
        build: "GITHUB_RUN_ID",
        job: "GITHUB_JOB",
        project: "GITHUB_REPOSITORY",
        commit: "GITHUB_SHA",
        attempt: Some(("GITHUB_RUN_ATTEMPT", 1)),
        step: "GITHUB_JOB",
        // By the event, in `branch`.
        branch: Branch::without_default("", ""),
        parallel: "`strategy: { matrix: { shard: [1, 2, 3] } }` and --shard ${{ matrix.shard }}/3",
    },
    // Nor has Jenkins. It runs on top of others now and then, so it is tried last.
    Provider {
        name: "Jenkins",
        marker: "JENKINS_HOME",
        index: "",
        count: "",
        base: 1,
        build: "BUILD_TAG",
        job: "STAGE_NAME",
        project: "JOB_NAME",
        commit: "GIT_COMMIT",
        attempt: None,
        step: "",
        branch: Branch::without_default("BRANCH_NAME", "CHANGE_ID"),
        parallel: "a matrix or parallel stages, and --shard $SHARD/20",
    },
];
