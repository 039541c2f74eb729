//! Forwarding signals that end a job to the command, and to the pytest sessions in it: a shell
//! between them may die and leave pytest behind.

#[cfg(unix)]
pub(crate) use unix::{Caught, catch};

#[cfg(not(unix))]
pub(crate) use elsewhere::{Caught, catch};

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
    /// teardown that the first one began. So SIGINT is forwarded after this time, and only to
    /// sessions that have not begun to end.
    const GRACE: Duration = Duration::from_secs(1);
    /// A program between `run` and pytest may forward signals itself; after this time, sessions
    /// that it did not reach get theirs. Chosen, not measured.
    const FORWARDED: Duration = Duration::from_millis(500);
    /// Signals of one kind within this time count once: CI systems signal the group and `run`.
    const ONE: Duration = Duration::from_secs(1);
    /// The time of sessions: the plugin ends them five seconds after a SIGTERM, and Buildkite kills
    /// the job after ten.
    const PATIENCE: Duration = Duration::from_secs(8);
    /// The additional time of interrupted sessions, which are asked to write their reports only
    /// then.
    const LAST: Duration = Duration::from_secs(1);
    /// The time in which a pytest that was just started reports. Chosen, not
    /// measured.
    const START: Duration = Duration::from_secs(2);
    /// The pause between two looks. Chosen, not measured.
    const PAUSE: Duration = Duration::from_millis(20);

    /// Signals that are caught; none where the system refuses.
    pub(crate) struct Caught(Option<Signals>);

    /// Catches the signals that end a job, from before the private folder is made until it is
    /// removed. Signals that come before the command starts are forwarded when it does.
    pub(crate) fn catch() -> Caught {
        // Ignored signals stay ignored, as under nohup, here and in the command.
        let ignored = ignored();
        let caught = ENDING.iter().chain(&OTHERS).copied();
        Caught(Signals::new(caught.filter(|n| ignored & (1 << (n - 1)) == 0)).ok())
    }

    /// Reads the mask of the signals that this process was started to ignore, where the system has
    /// one.
    fn ignored() -> u64 {
        let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }

    /// Forwards signals until [`finish`](Self::finish).
    pub(crate) struct Forwarding {
        sessions: Arc<Sessions>,
        thread: Option<(Handle, JoinHandle<()>)>,
    }

    /// The pytest sessions of the command.
    struct Sessions {
        /// The folder in which they report; `None` where the command is no pytest.
        answers: Option<PathBuf>,
        /// The command, until it was waited for; then another process may get its id.
        child: Mutex<Option<i32>>,
        sent: Mutex<Sent>,
        is_over: AtomicBool,
    }

    /// The signals that ended the job.
    #[derive(Default)]
    struct Sent {
        /// The time of the first one.
        first: Option<Instant>,
        last: Option<i32>,
        /// The processes that got the last one.
        reached: BTreeSet<i32>,
    }

    impl Caught {
        pub(crate) fn forward_to(self, child: &Child, answers: Option<&Path>) -> Forwarding {
            let sessions = Arc::new(Sessions {
                answers: answers.map(Path::to_owned),
                child: Mutex::new(i32::try_from(child.id()).ok()),
                sent: Mutex::default(),
                is_over: AtomicBool::new(false),
            });
            let thread = self.0.map(|mut signals| {
                let (handle, sessions) = (signals.handle(), Arc::clone(&sessions));
                let forward = move || {
                    for number in &mut signals {
                        sessions.receive(number);
                    }
                };
                (handle, thread::spawn(forward))
            });
            Forwarding { sessions, thread }
        }
    }

    impl Forwarding {
        /// Waits, when the command ended by a signal, for the sessions that it left behind.
        /// Returns the last signal that was forwarded.
        pub(crate) fn finish(self, killed_by: Option<i32>) -> Option<i32> {
            // From here on the system may give the id to another process.
            *lock(&self.sessions.child) = None;
            let forwarded = self.sessions.sent().last;
            if forwarded.is_some() || killed_by.is_some() {
                if forwarded.is_none() {
                    self.sessions.wind_down(SIGTERM);
                }
                self.sessions.wait();
            }
            self.sessions.is_over.store(true, Ordering::SeqCst);
            if let Some((handle, thread)) = self.thread {
                // The thread ends with its signals.
                handle.close();
                // It returns nothing, and ends in any case.
                let _ = thread.join();
            }
            // A signal that came in the meantime counts, also the one that ended the shell.
            self.sessions.sent().last
        }
    }

    impl Sessions {
        fn sent(&self) -> MutexGuard<'_, Sent> {
            lock(&self.sent)
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
                Some(_) => self.forward(number),
            }
        }

        /// Notes a signal; returns the time of the first one.
        fn note(&self, number: i32) -> Option<Instant> {
            let mut sent = self.sent();
            // Another signal is news for processes that got the first one.
            if sent.last.replace(number) != Some(number) {
                sent.reached.clear();
            }
            sent.first
        }

        /// Ends the sessions: by this signal, and where that is not enough, by force.
        fn wind_down(self: &Arc<Self>, number: i32) {
            let begun = Instant::now();
            self.sent().first = Some(begun);
            if number != SIGINT {
                self.forward(number);
            }
            let sessions = Arc::clone(self);
            thread::spawn(move || {
                let at = |after: Duration| {
                    thread::sleep(after.saturating_sub(begun.elapsed()));
                    !sessions.is_over.load(Ordering::SeqCst)
                };
                if number == SIGINT {
                    for after in [GRACE, GRACE + FORWARDED] {
                        if at(after) && sessions.sent().last == Some(SIGINT) {
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

        /// Forwards a signal to the command, and to each session that did not get it.
        fn forward(&self, number: i32) {
            self.send(*lock(&self.child), number);
            for process in self.main() {
                self.send(Some(process.id), number);
            }
        }

        /// Forwards SIGINT to the command, and to sessions `behind` it, as long as none has begun to
        /// end.
        fn interrupt(&self, behind: bool) {
            let (sessions, child) = (self.main(), *lock(&self.child));
            for session in &sessions {
                if !session.is_ending && (behind || Some(session.id) == child) {
                    self.send(Some(session.id), SIGINT);
                }
            }
            // A command that got it through the group waits for its session, and ends with it.
            if sessions.iter().all(|s| !s.is_ending && Some(s.id) != child) {
                self.send(child, SIGINT);
            }
        }

        /// Ends the sessions, which write their reports first: the plugin looks for this file.
        fn end(&self) {
            // On a full disk they end as by any SIGTERM.
            if let Some(answers) = &self.answers {
                let _ = fs_err::write(answers.join("end"), "");
            }
            // A second SIGTERM has to reach those that got a first one.
            self.sent().reached.clear();
            self.forward(SIGTERM);
        }

        /// Sends a signal to a process once.
        fn send(&self, process: Option<i32>, number: i32) {
            if let Some(id) = process.filter(|id| self.sent().reached.insert(*id)) {
                send(id, number);
            }
        }

        /// Waits until no session is left, and signals those that start in the meantime.
        fn wait(&self) {
            let begun = Instant::now();
            loop {
                let alive = self.alive();
                let may_start =
                    { self.answers.iter() }.any(|answers| sessions::processes(answers).is_empty());
                if alive.is_empty() && !(may_start && begun.elapsed() < START)
                    || begun.elapsed() > PATIENCE + START
                {
                    return;
                }
                let last = self.sent().last;
                match last.unwrap_or(SIGTERM) {
                    SIGINT if self.since_first() < GRACE + FORWARDED => {}
                    SIGINT => self.interrupt(true),
                    number => self.forward(number),
                }
                thread::sleep(PAUSE);
            }
        }

        /// Returns the time since the first signal.
        fn since_first(&self) -> Duration {
            let first = self.sent().first;
            first.map(|at| at.elapsed()).unwrap_or_default()
        }

        /// Lists the running sessions, without xdist's workers.
        fn main(&self) -> Vec<Process> {
            let mut found = self.alive();
            found.retain(|process| !process.is_worker);
            found
        }

        /// Lists the processes of running sessions.
        fn alive(&self) -> Vec<Process> {
            let Some(answers) = &self.answers else {
                return Vec::new();
            };
            let mut found = sessions::processes(answers);
            found.retain(|process| is_of(process.id, answers));
            found
        }
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(process: i32, number: i32) {
        if let (Some(pid), Some(signal)) = (Pid::from_raw(process), Signal::from_named_raw(number))
        {
            // It may have ended already.
            let _ = kill_process(pid, signal);
        }
    }

    /// Returns true for a process that was started with our private folder: another one may have
    /// got the id of a session that ended, or a container may count for itself.
    #[cfg(target_os = "linux")]
    fn is_of(process: i32, answers: &Path) -> bool {
        use std::os::unix::ffi::OsStrExt as _;

        let Some(folder) = answers.parent().map(|f| f.as_os_str().as_bytes()) else {
            return false;
        };
        // Empty for a process that has ended and was not waited for.
        let environment = fs_err::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.windows(folder.len()).any(|part| part == folder)
    }

    /// Returns true for a process of our own session, the nearest to that elsewhere.
    #[cfg(not(target_os = "linux"))]
    fn is_of(process: i32, _: &Path) -> bool {
        let session = |pid| rustix::process::getsid(pid).ok();
        let own = session(None);
        own.is_some() && Pid::from_raw(process).is_some_and(|pid| session(Some(pid)) == own)
    }
}

#[cfg(not(unix))]
mod elsewhere {
    //! Elsewhere the console signals the whole group, and nothing has to be forwarded.

    use std::path::Path;
    use std::process::Child;

    pub(crate) struct Caught;
    pub(crate) struct Forwarding;

    pub(crate) fn catch() -> Caught {
        Caught
    }

    impl Caught {
        pub(crate) fn forward_to(self, _: &Child, _: Option<&Path>) -> Forwarding {
            Forwarding
        }
    }

    impl Forwarding {
        pub(crate) fn finish(self, _: Option<i32>) -> Option<i32> {
            None
        }
    }
}
