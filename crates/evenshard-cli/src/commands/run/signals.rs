//! Signals that end a job are passed on to the command, and to the pytest sessions in it: a
//! shell between them may die and leave pytest behind.

#[cfg(unix)]
pub(super) use unix::{Caught, catch};

#[cfg(not(unix))]
pub(super) use elsewhere::{Caught, catch};

#[cfg(unix)]
mod unix {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use std::process::Child;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::thread::{self, JoinHandle};
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{
        SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM,
    };
    use signal_hook::iterator::{Handle, Signals};

    use crate::commands::run::sessions::{self, Process};

    /// Signals that end the job.
    const ENDING: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];
    /// Signals that the command may handle, and that end it otherwise.
    const OTHERS: [i32; 6] = [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGABRT];

    /// A Ctrl-C reaches the whole process group by itself, and a second SIGINT breaks off the
    /// teardown that the first one began. So SIGINT is passed on after this long, and to
    /// sessions that have not begun to end.
    const GRACE: Duration = Duration::from_secs(1);
    /// A program between `run` and pytest may pass on what it is sent; this long after it, what
    /// it did not reach is told.
    const PASSED_ON: Duration = Duration::from_millis(500);
    /// Signals of one kind within this time are one: CI systems signal the group and `run`.
    const ONE: Duration = Duration::from_secs(1);
    /// How long sessions have: the plugin ends them five seconds after a SIGTERM, and Buildkite
    /// kills the job after ten.
    const PATIENCE: Duration = Duration::from_secs(8);
    /// How much longer sessions have that were interrupted, and are asked to write their
    /// reports only then.
    const LAST: Duration = Duration::from_secs(1);
    /// How long a pytest that has just been started has to answer.
    const START: Duration = Duration::from_secs(2);
    /// Between two looks.
    const PAUSE: Duration = Duration::from_millis(20);

    /// Signals that are caught from now on; none where they cannot be.
    pub(crate) struct Caught(Option<Signals>);

    pub(crate) fn catch() -> Caught {
        // What is ignored, as under nohup, stays so, here and in the command.
        let ignored = ignored();
        let caught = ENDING.iter().chain(&OTHERS).copied();
        Caught(Signals::new(caught.filter(|n| ignored & (1 << (n - 1)) == 0)).ok())
    }

    /// The signals that this process was started to ignore, as the bits of a mask; none where
    /// the system does not say.
    fn ignored() -> u64 {
        let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }

    /// Passes signals on until it is told to finish.
    pub(crate) struct PassingOn {
        sessions: Arc<Sessions>,
        thread: Option<(Handle, JoinHandle<()>)>,
    }

    /// The pytest sessions of the command.
    struct Sessions {
        /// Where they say that they are there; `None` where the command is no pytest.
        talk: Option<PathBuf>,
        /// The command, until it was waited for: then another process may get its id.
        child: Mutex<Option<i32>>,
        told: Mutex<Told>,
        is_over: AtomicBool,
    }

    /// The signals that ended the job.
    #[derive(Default)]
    struct Told {
        /// When the first one came.
        first: Option<Instant>,
        last: Option<i32>,
        /// The processes that the last one was passed on to.
        reached: BTreeSet<i32>,
    }

    impl Caught {
        pub(crate) fn pass_on_to(self, child: &Child, talk: Option<&Path>) -> PassingOn {
            let sessions = Arc::new(Sessions {
                talk: talk.map(Path::to_owned),
                child: Mutex::new(i32::try_from(child.id()).ok()),
                told: Mutex::default(),
                is_over: AtomicBool::new(false),
            });
            let thread = self.0.map(|mut signals| {
                let (handle, sessions) = (signals.handle(), Arc::clone(&sessions));
                let pass_on = move || {
                    for number in &mut signals {
                        sessions.receive(number);
                    }
                };
                (handle, thread::spawn(pass_on))
            });
            PassingOn { sessions, thread }
        }
    }

    impl PassingOn {
        /// Waits, when the command ended by a signal, for the sessions that it left behind.
        /// Gives the last signal that was passed on.
        pub(crate) fn finish(self, killed_by: Option<i32>) -> Option<i32> {
            *lock(&self.sessions.child) = None;
            let passed_on = self.sessions.told().last;
            if passed_on.is_some() || killed_by.is_some() {
                if passed_on.is_none() {
                    self.sessions.wind_down(SIGTERM);
                }
                self.sessions.wait();
            }
            self.sessions.is_over.store(true, Ordering::SeqCst);
            if let Some((handle, thread)) = self.thread {
                handle.close();
                // It has nothing to give, and ends in any case.
                let _ = thread.join();
            }
            // One that came in the meantime counts, what made the shell die included.
            self.sessions.told().last
        }
    }

    impl Sessions {
        fn told(&self) -> MutexGuard<'_, Told> {
            lock(&self.told)
        }

        fn receive(self: &Arc<Self>, number: i32) {
            if OTHERS.contains(&number) {
                let sessions = self.main().into_iter().map(|process| process.id);
                let processes: BTreeSet<i32> = sessions.chain(*lock(&self.child)).collect();
                return processes.into_iter().for_each(|id| send(id, number));
            }
            match self.note(number).map(|first| first.elapsed()) {
                None => self.wind_down(number),
                Some(since) if since > ONE && matches!(number, SIGINT | SIGTERM) => self.end(),
                // The same one, another time.
                Some(_) if number == SIGINT => {}
                Some(_) => self.pass_on(number),
            }
        }

        /// Notes a signal; gives when the first one came.
        fn note(&self, number: i32) -> Option<Instant> {
            let mut told = self.told();
            if told.last.replace(number) != Some(number) {
                told.reached.clear();
            }
            told.first
        }

        /// Has the sessions end: by this signal, and where that is not enough, by force.
        fn wind_down(self: &Arc<Self>, number: i32) {
            let begun = Instant::now();
            self.told().first = Some(begun);
            if number != SIGINT {
                self.pass_on(number);
            }
            let sessions = Arc::clone(self);
            thread::spawn(move || {
                let at = |after: Duration| {
                    thread::sleep(after.saturating_sub(begun.elapsed()));
                    !sessions.is_over.load(Ordering::SeqCst)
                };
                if number == SIGINT {
                    for after in [GRACE, GRACE + PASSED_ON] {
                        if at(after) && sessions.told().last == Some(SIGINT) {
                            sessions.interrupt(after > GRACE);
                        }
                    }
                }
                let mut patience = PATIENCE;
                if number == SIGINT {
                    if at(patience) {
                        sessions.end();
                    }
                    patience += LAST;
                }
                if at(patience) {
                    for process in sessions.alive() {
                        send(process.id, Signal::KILL.as_raw());
                    }
                }
            });
        }

        /// Passes a signal on to the command, and to each session that it has not reached.
        fn pass_on(&self, number: i32) {
            self.tell(*lock(&self.child), number);
            for process in self.main() {
                self.tell(Some(process.id), number);
            }
        }

        /// Passes SIGINT on to the command, and `behind` it, as long as no session has begun to
        /// end.
        fn interrupt(&self, behind: bool) {
            let (sessions, child) = (self.main(), *lock(&self.child));
            for session in &sessions {
                if !session.is_ending && (behind || Some(session.id) == child) {
                    self.tell(Some(session.id), SIGINT);
                }
            }
            // One that was told by the group waits for its session, and ends with it.
            if sessions.iter().all(|s| !s.is_ending && Some(s.id) != child) {
                self.tell(child, SIGINT);
            }
        }

        /// Ends the sessions, which write their reports first: the plugin looks for this file.
        fn end(&self) {
            // On a full disk they end as by any SIGTERM.
            if let Some(talk) = &self.talk {
                let _ = fs_err::write(talk.join("end"), "");
            }
            self.told().reached.clear();
            self.pass_on(SIGTERM);
        }

        /// Sends a signal to a process once.
        fn tell(&self, process: Option<i32>, number: i32) {
            if let Some(id) = process.filter(|id| self.told().reached.insert(*id)) {
                send(id, number);
            }
        }

        /// Waits until no session is left, and tells those that come up yet.
        fn wait(&self) {
            let begun = Instant::now();
            loop {
                let alive = self.alive();
                let may_start =
                    { self.talk.iter() }.any(|talk| sessions::processes(talk).is_empty());
                if alive.is_empty() && !(may_start && begun.elapsed() < START)
                    || begun.elapsed() > PATIENCE + START
                {
                    return;
                }
                let last = self.told().last;
                match last.unwrap_or(SIGTERM) {
                    SIGINT if self.since_first() < GRACE + PASSED_ON => {}
                    SIGINT => self.interrupt(true),
                    number => self.pass_on(number),
                }
                thread::sleep(PAUSE);
            }
        }

        /// The time since the first signal.
        fn since_first(&self) -> Duration {
            let first = self.told().first;
            first.map(|at| at.elapsed()).unwrap_or_default()
        }

        /// The sessions that are still there, without xdist's workers.
        fn main(&self) -> Vec<Process> {
            let mut found = self.alive();
            found.retain(|process| !process.is_worker);
            found
        }

        /// The processes of sessions that are still there.
        fn alive(&self) -> Vec<Process> {
            let Some(talk) = &self.talk else {
                return Vec::new();
            };
            let mut found = sessions::processes(talk);
            found.retain(|process| is_of(process.id, talk));
            found
        }
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(process: i32, number: i32) {
        if let (Some(pid), Some(signal)) = (Pid::from_raw(process), Signal::from_named_raw(number))
        {
            // It may be gone already; then there is none to tell.
            let _ = kill_process(pid, signal);
        }
    }

    /// True where this process was started with our hand-over: another one may have got the
    /// id of a session that ended, or a container may count for itself.
    #[cfg(target_os = "linux")]
    fn is_of(process: i32, talk: &Path) -> bool {
        use std::os::unix::ffi::OsStrExt as _;

        let Some(folder) = talk.parent().map(|f| f.as_os_str().as_bytes()) else {
            return false;
        };
        // Empty for one that has ended and was not waited for.
        let environment = fs_err::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.windows(folder.len()).any(|part| part == folder)
    }

    /// The nearest to that elsewhere: a process of our own session.
    #[cfg(not(target_os = "linux"))]
    fn is_of(process: i32, _: &Path) -> bool {
        let session = |pid| rustix::process::getsid(pid).ok();
        let own = session(None);
        own.is_some() && Pid::from_raw(process).is_some_and(|pid| session(Some(pid)) == own)
    }
}

#[cfg(not(unix))]
mod elsewhere {
    //! Elsewhere the console tells the whole group, and nothing is to be passed on.

    use std::path::Path;
    use std::process::Child;

    pub(crate) struct Caught;
    pub(crate) struct PassingOn;

    pub(crate) fn catch() -> Caught {
        Caught
    }

    impl Caught {
        pub(crate) fn pass_on_to(self, _: &Child, _: Option<&Path>) -> PassingOn {
            PassingOn
        }
    }

    impl PassingOn {
        pub(crate) fn finish(self, _: Option<i32>) -> Option<i32> {
            None
        }
    }
}
