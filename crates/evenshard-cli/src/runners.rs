//! Commands of other runners: under `run`, every job would run the whole suite.

use std::ffi::OsString;

use crate::failure::Failure;

/// Runners other than pytest, by the names of their programs.
const RUNNERS: &str = "ava bats behat behave bruno busted codecept cucumber cucumber-js ctest cypress \
    ginkgo gotestsum gradle gradlew hurl jasmine jest karma mocha mvn mvnw nose2 pabot paratest pest \
    phpunit playwright prove robot rspec stestr tap testcafe vitest wdio web-test-runner";
/// Programs that run tests when their next word is one of [`TEST`].
const WITH_TEST: &str = "bun cargo dart deno dotnet flutter go mix node rails swift";
const TEST: &str = "test nextest --test";
/// Words in front of a program: launchers, and how they are asked to run it.
const LAUNCHERS: &str = "bunx bundle command dlx env exec nice npm npx nx pnpm pnpx poetry run time \
    timeout uv workspace x xvfb-run yarn";
/// Modules of Python that run tests, behind `-m`.
const MODULES: &str = "behave nose2 robot stestr unittest";

fn is_one_of(word: &str, words: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// Stops with 78 before a command runs that starts another runner than pytest.
pub(crate) fn refuse_in_run(command: &[OsString]) -> Result<(), Failure> {
    let Some(program) = named(command) else {
        return Ok(());
    };
    Err(Failure::config(format!(
        "run is for pytest, and {program} is another runner; use evenshard exec"
    ))
    .hint(format!(
        "no test was run; evenshard exec --tests LIST --timings ... -- {} {{}}",
        shell_words::join(command.iter().map(|word| word.to_string_lossy()))
    )))
}

/// Stops with 78 before a command collects that starts another runner than pytest.
pub(crate) fn refuse_in_plan(command: &[OsString]) -> Result<(), Failure> {
    let Some(program) = named(command) else {
        return Ok(());
    };
    let what = format!("plan collects with pytest, and {program} is another runner");
    Err(Failure::config(what).hint("nothing was run; give a list of tests or files: --tests LIST"))
}

/// Finds the runner that a command starts, unless it is pytest.
fn named(command: &[OsString]) -> Option<String> {
    let words = command.iter().map(|word| name(&word.to_string_lossy()));
    let words: Vec<String> = words.collect();
    // Options of launchers can have names of runners for values.
    if words
        .iter()
        .any(|word| matches!(word.as_str(), "pytest" | "py.test"))
    {
        return None;
    }
    let module = words
        .windows(2)
        .find(|pair| pair[0] == "-m")
        .map(|pair| &pair[1]);
    if let Some(module) = module.filter(|module| is_one_of(module, MODULES)) {
        return Some(module.clone());
    }
    let is_runner = |at: usize| {
        let next = words.get(at + 1).map_or("", String::as_str);
        let tests = is_one_of(&words[at], WITH_TEST) && is_one_of(next, TEST);
        tests || is_one_of(&words[at], RUNNERS)
    };
    let is_launcher = |word: &str| is_one_of(word, LAUNCHERS);
    for at in 0..words.len() {
        if is_runner(at) {
            return Some(words[at].clone());
        }
        let word = &words[at];
        let is_option = word.starts_with('-') || word.contains('=');
        let is_time = word.starts_with(|c: char| c.is_ascii_digit());
        // The value of an option, or the part of a project that a launcher runs in.
        let is_value = at > 0 && (words[at - 1].starts_with('-') || words[at - 1] == "workspace");
        if !(is_launcher(word) || is_option || is_time || is_value && is_launcher(&words[0])) {
            return None;
        }
    }
    None
}

/// Returns a program's name without its folder and its ending.
fn name(word: &str) -> String {
    // Also for paths of Windows in a shell of Unix.
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    // As in `jest@29`.
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let endings = [".exe", ".cmd", ".bat", ".js", ".rb", ".phar"];
    let bare = endings.iter().find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::refuse_in_run as refuse;

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
            "npx jest@29",
            "xvfb-run -a npx playwright test",
            "timeout 60 npx jest",
            "nice -n 5 npx jest",
            "bundle exec rails test",
            "yarn workspace web jest",
            "pnpm --filter web vitest",
            "python -m behave",
            "python3 -m unittest",
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
            "uv run --with hurl pytest",
            "poetry run -C robot python -m pytest",
            "python run_tests.py jest",
        ] {
            assert!(!refused(line), "{line}");
        }
    }
}
