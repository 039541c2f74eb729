//! Builds with a bucket: what jobs ask of it, and what they do while it is slow, or away for some
//! of them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::ci::{Ci, Job, SUITE, TESTS, ran_once};
use super::server::{Fault, Server};
use crate::pytest::{Outcome, Project, Python};

/// The store of the jobs: the server answers for one bucket.
pub(super) const URL: &str = "s3://bucket/ci";

fn command(ci: &Ci, server: &Server, job: &Job<'_>) -> Command {
    let mut command = ci.command(job);
    command
        .env("EVENSHARD_STORE", URL)
        .envs(server.environment());
    command
}

fn run(ci: &Ci, server: &Server, job: &Job<'_>) -> Outcome {
    ci.project.witnessed(&mut command(ci, server, job))
}

fn gate(ci: &Ci, server: &Server, job: &Job<'_>) -> Outcome {
    let job = Job {
        step: "gate",
        ..job.clone()
    };
    let mut command = ci.asking(&job, &["verify", "--store", "--gate"]);
    command
        .env("EVENSHARD_STORE", URL)
        .envs(server.environment());
    ci.project.witnessed(&mut command)
}

/// Counts the requests that something takes.
fn requests<T>(server: &Server, of: impl FnOnce() -> T) -> (usize, T) {
    let before = server.state().requests.len();
    let came = of();
    (server.state().requests.len() - before, came)
}

#[test]
fn a_slow_store_costs_time_and_nothing_else() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let server = Server::start();
        server.fail_all("", Fault::Delay(Duration::from_millis(150)));
        let ended = [1, 2].map(|shard| run(&ci, &server, &Job::new("one", shard)).ended_with(0));
        assert_eq!(ran_once(&ended).len(), TESTS);
        assert!(
            ended[1].stderr.contains("proved: 5 tests ran once"),
            "{ended:?}"
        );
        gate(&ci, &server, &Job::new("one", 1)).ended_with(0);
    });
}

#[test]
fn an_outage_before_one_job_has_its_plan_is_75_and_the_gate_names_the_job() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let server = Server::start();
        run(&ci, &server, &Job::new("one", 1)).ended_with(0);
        server.fail_all("", Fault::Drop);
        let begun = Instant::now();
        let away = run(&ci, &server, &Job::new("one", 2)).ended_with(75);
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(away.ran, [] as [String; 0]);
        server.state().always.clear();

        let early = gate(&ci, &server, &Job::new("one", 1)).ended_with(70);
        assert!(
            early.stdout.contains("shard 2 of 2 left no record"),
            "{early:?}"
        );
        run(&ci, &server, &Job::new("one", 2)).ended_with(0);
        gate(&ci, &server, &Job::new("one", 1)).ended_with(0);
    });
}

/// A job in the middle of its tests; it goes on when `goes_on` is called.
struct Held {
    child: std::process::Child,
    file: std::path::PathBuf,
}

impl Held {
    fn start(ci: &Ci, mut command: Command) -> Self {
        let file = ci.project.out("held");
        let mut child = command
            .env("HOLDS", &file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(120);
        while !file.with_extension("begun").exists() {
            assert!(
                child.try_wait().unwrap().is_none(),
                "it ended without the test"
            );
            assert!(Instant::now() < until, "the test never began");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, file }
    }

    fn goes_on(self) -> (i32, String) {
        fs_err::write(&self.file, "").unwrap();
        let ended = self.child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        (ended.status.code().unwrap(), said)
    }
}

/// The shard that has the test which can be held, as a build says that does not publish.
fn holding(ci: &Ci, server: &Server) -> u32 {
    let jobs = [1, 2].map(|shard| {
        (
            shard,
            run(
                ci,
                server,
                &Job {
                    branch: "topic",
                    ..Job::new("zero", shard)
                },
            ),
        )
    });
    let held = "tests/test_b.py::test_may_wait";
    let mut has = jobs
        .iter()
        .filter(|(_, job)| job.ran.iter().any(|id| id == held));
    has.next().unwrap().0
}

/// The last job of a build, in the middle of its tests: the other one has ended.
fn last_job_held<'a>(ci: &Ci, server: &Server) -> (Job<'a>, Held) {
    let shard = holding(ci, server);
    run(ci, server, &Job::new("one", 3 - shard)).ended_with(0);
    let job = Job::new("one", shard);
    let held = Held::start(ci, command(ci, server, &job));
    (job, held)
}

#[test]
fn an_outage_for_one_job_while_it_runs_leaves_its_results_and_a_retry_proves_the_build() {
    Python::with_newest(|python| {
        let python = &python.cold();
        let ci = Ci::new(python);
        let server = Server::start();
        let (job, held) = last_job_held(&ci, &server);
        server.fail_all("", Fault::Drop);
        let (code, said) = held.goes_on();
        assert_eq!(code, 75, "{said}");
        assert!(
            said.contains("this job has not reported; its results stay in "),
            "{said}"
        );
        server.state().always.clear();

        let lost = gate(&ci, &server, &job).ended_with(70);
        let named = format!("shard {} of 2", job.shard);
        assert!(lost.stdout.contains(&named), "{lost:?}");
        let again = run(&ci, &server, &job.clone().attempt(2)).ended_with(0);
        assert!(
            again.stderr.contains("proved: 5 tests ran once"),
            "{again:?}"
        );
        gate(&ci, &server, &job).ended_with(0);
    });
}

#[test]
fn an_outage_after_the_results_are_put_says_so_and_loses_nothing() {
    Python::with_newest(|python| {
        let python = &python.cold();
        let ci = Ci::new(python);
        let server = Server::start();
        let (job, held) = last_job_held(&ci, &server);
        // It writes all that it has, and cannot look at what others have.
        server.fail_all("list-type=2", Fault::Drop);
        let (code, said) = held.goes_on();
        assert_eq!(code, 75, "{said}");
        assert!(
            said.contains("this job has reported, but whether the build is proved"),
            "{said}"
        );
        server.state().always.clear();
        gate(&ci, &server, &job).ended_with(0);
    });
}

#[test]
fn replies_that_are_lost_make_no_second_owner_plan_or_verdict() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let server = Server::start();
        for shard in [1, 2] {
            // Every second reply: each request is sent again.
            let faults = [Fault::LoseReply, Fault::None];
            server.state().faults = faults.into_iter().cycle().take(60).collect();
            run(&ci, &server, &Job::new("one", shard)).ended_with(0);
        }
        server.state().faults.clear();
        let keys = |part: &str| {
            let state = server.state();
            state
                .objects
                .keys()
                .filter(|key| key.contains(part))
                .count()
        };
        assert_eq!(
            (
                keys("/owner"),
                keys("/plan"),
                keys("/verdict/"),
                keys("/history/")
            ),
            (2, 1, 1, 1)
        );
        gate(&ci, &server, &Job::new("one", 1)).ended_with(0);
    });
}

#[test]
fn jobs_of_a_project_with_five_thousand_builds_need_few_requests() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let server = Server::start();
        for shard in [1, 2] {
            run(&ci, &server, &Job::new("one", shard)).ended_with(0);
        }
        {
            let mut state = server.state();
            let (key, object) = { state.objects.iter() }
                .find(|(key, _)| key.contains("/history/"))
                .map(|(key, object)| (key.clone(), object.clone()))
                .unwrap();
            let (folder, name) = key.rsplit_once('/').unwrap();
            let (begun, digest) = name.split_once('-').unwrap();
            let begun: u64 = begun.parse().unwrap();
            // Six builds a day, as a team has them.
            for earlier in 1..5000 {
                let key = format!("{folder}/{:013}-{digest}", begun - earlier * 4 * 3_600_000);
                state.objects.insert(key, object.clone());
            }
        }
        let (first, planned) = requests(&server, || run(&ci, &server, &Job::new("two", 1)));
        let planned = planned.ended_with(0);
        assert!(planned.stderr.contains("made here"), "{planned:?}");
        assert!(
            planned.stderr.contains("timings for 5 tests"),
            "{planned:?}"
        );
        let (last, proved) = requests(&server, || run(&ci, &server, &Job::new("two", 2)));
        assert!(proved.ended_with(0).stderr.contains("added to the history"));
        let (judged, _) = requests(&server, || {
            gate(&ci, &server, &Job::new("two", 1)).ended_with(0)
        });
        let (shown, _) = requests(&server, || {
            let mut report = ci.asking(&Job::new("two", 1), &["report", "--store"]);
            report
                .env("EVENSHARD_STORE", URL)
                .envs(server.environment());
            ci.project.witnessed(&mut report).ended_with(0)
        });
        for (what, count) in [
            ("plan", first),
            ("last", last),
            ("gate", judged),
            ("report", shown),
        ] {
            assert!((1..=60).contains(&count), "{what}: {count} requests");
        }
    });
}

/// A list of another project, whatever its plan: no request for each of its tests or builds.
#[test]
fn a_job_that_is_not_the_last_asks_for_nothing_of_others() {
    Python::with_newest(|python| {
        let project = Project::new(python).files(SUITE);
        let ci = Ci::of(project);
        let server = Server::start();
        run(&ci, &server, &Job::new("one", 1).of(5)).ended_with(0);
        // How often a job puts its own record hangs on how long it takes.
        let asked = || {
            let asks = |line: &&String| !line.starts_with("PUT ");
            server.state().requests.iter().filter(asks).count()
        };
        let counts = [2, 3, 4].map(|shard| {
            let before = asked();
            let (count, ended) =
                requests(&server, || run(&ci, &server, &Job::new("one", shard).of(5)));
            assert!(ended.status == 0 || ended.status == 5, "{ended:?}");
            assert!(count <= 8, "{count}");
            asked() - before
        });
        assert_eq!(counts[0], counts[1], "{counts:?}");
        assert_eq!(counts[1], counts[2], "{counts:?}");
    });
}
