//! Commands of other runners, in which every job would run the whole suite.

use std::ffi::OsString;

use crate::exit;
use crate::failure::Failure;

/// Runners that are no pytest, by the names of their programs.
const RUNNERS: [&str; 37] = [
    "ava",
    "bats",
    "behat",
    "behave",
    "bruno",
    "busted",
    "codecept",
    "cucumber",
    "cucumber-js",
    "ctest",
    "cypress",
    "ginkgo",
    "gotestsum",
    "gradle",
    "gradlew",
    "hurl",
    "jasmine",
    "jest",
    "karma",
    "mocha",
    "mvn",
    "mvnw",
    "nose2",
    "pabot",
    "paratest",
    "pest",
    "phpunit",
    "playwright",
    "prove",
    "robot",
    "rspec",
    "stestr",
    "tap",
    "testcafe",
    "vitest",
    "wdio",
    "web-test-runner",
];
/// Programs that run tests when their next word says so.
const WITH_TEST: [&str; 10] = [
    "bun", "cargo", "dart", "deno", "dotnet", "flutter", "go", "mix", "node", "swift",
];
/// Those words.
const TEST: [&str; 3] = ["test", "nextest", "--test"];
/// Words in front of a program: launchers, and how they are told to run it.
const LAUNCHERS: [&str; 17] = [
    "bunx", "bundle", "command", "dlx", "env", "exec", "npm", "npx", "nice", "pnpm", "pnpx",
    "poetry", "run", "time", "uv", "x", "yarn",
];

/// Stops before anything runs where the command starts a runner that is not pytest.
///
/// # Errors
/// Code 78.
pub(super) fn refuse(command: &[OsString]) -> Result<(), Failure> {
    let Some(program) = named(command) else {
        return Ok(());
    };
    Err(Failure::new(
        exit::CONFIG,
        format!("run is for pytest, and {program} is another runner; use evenshard exec"),
    )
    .hint(format!(
        "no test was run; evenshard exec --tests LIST --timings ... -- {} {{}}",
        shown(command)
    )))
}

/// The runner that a command starts, where it is one that is not pytest.
pub(crate) fn named(command: &[OsString]) -> Option<String> {
    let words = command.iter().map(|word| name(&word.to_string_lossy()));
    let words: Vec<String> = words.collect();
    let is_front = |word: &&String| {
        let word = word.as_str();
        LAUNCHERS.contains(&word) || word.starts_with('-') || word.contains('=')
    };
    let front = words.iter().take_while(is_front).count();
    let program = words.get(front)?;
    let next = words.get(front + 1).map_or("", String::as_str);
    let tests = WITH_TEST.contains(&program.as_str()) && TEST.contains(&next);
    (tests || RUNNERS.contains(&program.as_str())).then(|| program.clone())
}

/// A program's name without its folder and what the system puts behind it.
fn name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let endings = [".exe", ".cmd", ".bat", ".js", ".rb", ".phar"];
    let bare = endings.iter().find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(name).to_owned()
}

fn shown(command: &[OsString]) -> String {
    let words = command.iter().map(|word| word.to_string_lossy());
    shell_words::join(words)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::refuse;

    #[test]
    fn other_runners_are_told_from_pytest() {
        let refused = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            refuse(&words).is_err()
        };
        for line in [
            "npx jest",
            "npx --no-install jest --ci",
            "node_modules/.bin/vitest run",
            "yarn run mocha",
            "bundle exec rspec",
            "CI=1 npx jest",
            "vendor/bin/phpunit",
            "./gradlew test",
            "go test ./...",
            "cargo nextest run",
            "uv run behave",
        ] {
            assert!(refused(line), "{line}");
        }
        for line in [
            "pytest",
            "python -m pytest tests/jest",
            "uv run pytest -k jest",
            "npm test",
            "make test",
            "go run ./pytest",
            "tox",
            "env A=b coverage run -m pytest",
        ] {
            assert!(!refused(line), "{line}");
        }
    }
}
