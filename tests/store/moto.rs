//! S3 by moto's server: real HTTP and TLS, conditions, signatures, and policies of IAM.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use evenshard_store::{Area, Bound, ErrorKind, Job, Settings, Store, Zone};

use crate::server::environment;
use crate::support::{area, build, creates_once, text};
use crate::tools::{skipped, venvs};

/// The server, its ports and the folder of its certificates. It ends with this.
struct Moto {
    child: Child,
    _input: ChildStdin,
    folder: tempfile::TempDir,
    plain: u16,
    tls: u16,
    sts: u16,
}

impl Moto {
    /// Starts it with these users and policies, where its environment was made.
    fn start(policies: &[(&str, &Path)]) -> Option<Self> {
        let python = venvs().join("moto/bin/python");
        if !python.exists() {
            skipped("no moto environment; `scripts/venvs` makes it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/store/moto_server.py"
        );
        let mut child = Command::new(python)
            .arg(script)
            .arg(folder.path())
            .args(
                policies
                    .iter()
                    .map(|(user, file)| format!("{user}={}", file.display())),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let ports: Vec<u16> = line
            .split_whitespace()
            .map(|p| p.parse().unwrap())
            .collect();
        let [plain, tls, sts] = ports[..] else {
            panic!("{line}")
        };
        Some(Self {
            _input: child.stdin.take().unwrap(),
            child,
            plain,
            tls,
            sts,
            folder,
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, variables: &[(&str, &str)], tls: bool) -> Store {
        let url = if tls {
            format!("https://127.0.0.1:{}", self.tls)
        } else {
            format!("http://127.0.0.1:{}", self.plain)
        };
        let mut all = environment(variables);
        all.push(("AWS_ENDPOINT_URL".to_owned(), url));
        Store::open("s3://ci-bucket/evenshard", &Settings::new(all)).unwrap()
    }

    /// The store as a user with a policy.
    fn of_user(&self, user: &str) -> Store {
        let keys = std::fs::read_to_string(self.file(&format!("{user}.json"))).unwrap();
        let value = |name: &str| {
            let rest = keys.split_once(&format!("\"{name}\": \"")).unwrap().1;
            rest.split_once('"').unwrap().0.to_owned()
        };
        let keys = [
            ("AWS_ACCESS_KEY_ID", value("id")),
            ("AWS_SECRET_ACCESS_KEY", value("secret")),
        ];
        self.open(
            &keys.each_ref().map(|(name, value)| (*name, value.as_str())),
            false,
        )
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn works(store: &Store) {
    creates_once(store);
    let key = build().plan();
    store.put(&key, &text("again")).unwrap();
    let read = store.get(key.key(), Bound::LARGE).unwrap().unwrap();
    assert_eq!(read.content, b"again");
    assert_eq!(
        store.get(
            build()
                .owner(Job {
                    shard: 1,
                    attempt: 1
                })
                .key(),
            Bound::SMALL
        ),
        Ok(None)
    );
    let odd = Area::new(Zone::Trusted, "ä b=/%~").build("../x", "").plan();
    store.put(&odd, &text("odd")).unwrap();
    assert!(store.get(odd.key(), Bound::SMALL).unwrap().is_some());
    let history = (0..30).map(|n| area().add_history(1_795_845_600_000 + n, "d"));
    let history: Vec<_> = history.collect();
    for key in &history {
        store.put(key, &text("h")).unwrap();
    }
    let newest = store
        .newest(&area().history(), 20, 1_795_845_600_000)
        .unwrap();
    let expected: Vec<_> = history
        .iter()
        .rev()
        .take(20)
        .map(|k| k.key().clone())
        .collect();
    assert_eq!(newest, expected);
}

#[test]
fn s3_works_with_keys_and_with_a_web_identity() {
    let Some(moto) = Moto::start(&[]) else { return };
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "any secret"),
    ];
    works(&moto.open(&keys, false));

    // STS only over TLS, by a certificate of a CA that the environment names.
    let token = moto.file("token");
    std::fs::write(&token, "a token of the CI").unwrap();
    let sts = format!("https://127.0.0.1:{}", moto.sts);
    let ca = moto.file("ca.pem");
    let identity = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci"),
        ("AWS_ENDPOINT_URL_STS", &sts),
        ("AWS_CA_BUNDLE", ca.to_str().unwrap()),
    ];
    let store = moto.open(&identity, true);
    let check = store.check(&area()).unwrap();
    assert!(check.is_ok(), "{check:?}");
    assert!(
        store
            .get(build().plan().key(), Bound::LARGE)
            .unwrap()
            .is_some()
    );

    // Without the CA the certificate is refused, and the reason is said.
    let error = moto.open(&keys, true).list(build().all(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let url = format!("http://127.0.0.1:{}", moto.plain);
    let variables = [keys[0], keys[1], ("AWS_ENDPOINT_URL", &url)];
    let settings = Settings::new(environment(&variables));
    let store = Store::open("s3://no-such-bucket", &settings).unwrap();
    let error = store.list(build().all(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error:?}");
}

/// The policies that docs/store-setup.md shows, without their conditions, which moto does not try.
fn policies(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/store-setup.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```json\n").skip(1);
    let blocks: Vec<&str> = blocks.map(|b| b.split_once("```").unwrap().0).collect();
    let shown = blocks.iter().filter(|block| block.contains("s3:PutObject"));
    let policies = ["trusted", "pr"].into_iter().zip(shown);
    let policies = policies.map(|(user, policy)| {
        let lines = policy
            .lines()
            .filter(|line| !line.contains("\"Condition\""));
        let policy = lines
            .collect::<Vec<_>>()
            .join("\n")
            .replace("BUCKET", "ci-bucket");
        let file = folder.join(user);
        std::fs::write(&file, policy).unwrap();
        (user, file)
    });
    policies.collect()
}

#[test]
fn the_policies_of_the_docs_are_enough_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let policies = policies(folder.path());
    assert_eq!(policies.len(), 2);
    let given: Vec<_> = policies
        .iter()
        .map(|(user, file)| (*user, file.as_path()))
        .collect();
    let Some(moto) = Moto::start(&given) else {
        return;
    };
    let denied = |error: evenshard_store::Error, permission: &str| {
        assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
        assert_eq!(error.permission(), Some(permission), "{error:?}");
    };
    let (trusted, pr) = (moto.of_user("trusted"), moto.of_user("pr"));
    let of_pr = Area::new(Zone::Pr, "unit");

    // Each has all that it needs in its zone, but deletes nothing.
    for (store, area) in [(&trusted, area()), (&pr, of_pr.clone())] {
        let check = store.check(&area).unwrap();
        assert!(check.is_ok() && check.left.is_some(), "{check:?}");
    }
    trusted
        .put(&area().add_history(1, "d"), &text("h"))
        .unwrap();
    trusted.put(&build().plan(), &text("plan")).unwrap();

    // A pull request reads the history of `trusted`, and neither writes there nor reads builds.
    assert!(
        pr.get(area().add_history(1, "d").key(), Bound::SMALL)
            .unwrap()
            .is_some()
    );
    assert_eq!(pr.newest(&of_pr.history(), 20, 0).unwrap().len(), 1);
    denied(
        pr.put(&area().add_history(2, "d"), &text("planted"))
            .unwrap_err(),
        "s3:PutObject",
    );
    denied(
        pr.create(&build().plan(), &text("planted")).unwrap_err(),
        "s3:PutObject",
    );
    denied(
        pr.get(build().plan().key(), Bound::SMALL).unwrap_err(),
        "s3:GetObject",
    );

    // The other way round.
    let plan = of_pr.build("1", "test").plan();
    denied(trusted.put(&plan, &text("x")).unwrap_err(), "s3:PutObject");
    denied(
        trusted.get(plan.key(), Bound::SMALL).unwrap_err(),
        "s3:GetObject",
    );
}
