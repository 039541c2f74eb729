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
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread::{self, JoinHandle};
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::{Handle, Signals};

    use crate::commands::run::sessions::{self, Process};

    /// How long sessions have from the first signal until they are killed: the plugin ends
    /// them after five seconds, and Buildkite ends the job after ten.
    const PATIENCE: Duration = Duration::from_secs(8);
    /// How long a pytest that has just been started has to answer.
    const START: Duration = Duration::from_secs(2);
    /// Between two looks.
    const PAUSE: Duration = Duration::from_millis(20);

    /// Signals that are caught from now on; none where they cannot be.
    pub(crate) struct Caught(Option<Signals>);

    pub(crate) fn catch() -> Caught {
        Caught(Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT]).ok())
    }

    /// Passes signals on until it is told to finish.
    pub(crate) struct PassingOn {
        sessions: Arc<Sessions>,
        thread: Option<(Handle, JoinHandle<()>)>,
    }

    /// The pytest sessions of the command.
    struct Sessions {
        talk: PathBuf,
        child: i32,
        /// The last signal, and which processes got it.
        told: Mutex<(Option<i32>, BTreeSet<i32>)>,
        is_over: AtomicBool,
    }

    impl Caught {
        pub(crate) fn pass_on_to(self, child: &Child, talk: &Path) -> PassingOn {
            let sessions = Arc::new(Sessions {
                talk: talk.to_owned(),
                child: i32::try_from(child.id()).unwrap_or_default(),
                told: Mutex::default(),
                is_over: AtomicBool::new(false),
            });
            let thread = self.0.map(|mut signals| {
                let (handle, sessions) = (signals.handle(), Arc::clone(&sessions));
                let pass_on = move || {
                    for number in &mut signals {
                        if sessions.last().is_none() {
                            sessions.kill_in_time();
                        }
                        sessions.tell_all(number);
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
            let passed_on = self.sessions.last();
            if passed_on.is_some() || killed_by.is_some() {
                if passed_on.is_none() {
                    Arc::clone(&self.sessions).kill_in_time();
                }
                self.sessions.wait(passed_on.unwrap_or(SIGTERM));
            }
            self.sessions.is_over.store(true, Ordering::SeqCst);
            if let Some((handle, thread)) = self.thread {
                handle.close();
                // It has nothing to give, and ends in any case.
                let _ = thread.join();
            }
            // One that came in the meantime counts, what made the shell die included.
            self.sessions.last()
        }
    }

    impl Sessions {
        fn last(&self) -> Option<i32> {
            self.told.lock().unwrap_or_else(PoisonError::into_inner).0
        }

        fn tell_all(&self, number: i32) {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.0 = Some(number);
            told.1.clear();
            // It is there, ended or not, until it was waited for.
            send(self.child, number);
            told.1.insert(self.child);
            for process in self.alive().into_iter().filter(|p| !p.is_worker) {
                if told.1.insert(process.id) {
                    send(process.id, number);
                }
            }
        }

        /// Waits until no session is left, and tells those that the signal has not reached.
        fn wait(&self, number: i32) {
            let begun = Instant::now();
            loop {
                let alive = self.alive();
                let may_start = sessions::processes(&self.talk).is_empty();
                if alive.is_empty() && !(may_start && begun.elapsed() < START)
                    || begun.elapsed() > PATIENCE + START
                {
                    return;
                }
                let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                for process in alive.into_iter().filter(|p| !p.is_worker) {
                    if told.1.insert(process.id) {
                        send(process.id, number);
                    }
                }
                drop(told);
                thread::sleep(PAUSE);
            }
        }

        /// Kills the sessions that are still there when all patience is gone. The command
        /// around them decides for itself how it stops.
        fn kill_in_time(self: &Arc<Self>) {
            let sessions = Arc::clone(self);
            thread::spawn(move || {
                thread::sleep(PATIENCE);
                if !sessions.is_over.load(Ordering::SeqCst) {
                    for process in sessions.alive() {
                        send(process.id, Signal::KILL.as_raw());
                    }
                }
            });
        }

        /// The processes of sessions that are still there.
        fn alive(&self) -> Vec<Process> {
            let mut found = sessions::processes(&self.talk);
            found.retain(|process| is_of(process.id, &self.talk));
            found
        }
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
        pub(crate) fn pass_on_to(self, _: &Child, _: &Path) -> PassingOn {
            PassingOn
        }
    }

    impl PassingOn {
        pub(crate) fn finish(self, _: Option<i32>) -> Option<i32> {
            None
        }
    }
}
