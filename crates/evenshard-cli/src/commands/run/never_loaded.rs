//! Reasons why the plugin never loaded, and hints.

use crate::commands::run::interpreter::{self, Python, base, is_python};
use crate::commands::run::launcher::Launcher;
use crate::commands::run::{USAGE_ERROR, plugin};
use crate::env::Env;
use crate::failure::Failure;

/// The variables that load the plugin.
const VARIABLES: [&str; 3] = ["PYTEST_PLUGINS", "PYTHONPATH", "EVENSHARD_SLICE"];

/// Makes the failure for a command in which the plugin never loaded.
pub(super) fn failure(launcher: &Launcher<'_>, env: &Env, status: u8) -> Failure {
    // Also the words that a shell gets as one.
    let text: Vec<_> = launcher
        .command()
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let words: Vec<&str> = text
        .iter()
        .flat_map(|word| word.split_ascii_whitespace())
        .collect();
    let python = Python::of(&words, launcher, env);
    // Asked only after the failure: it starts a Python.
    if let Some(python) = python.filter(|python| python.lacks_pytest(launcher)) {
        let name = python.program.display();
        let what = format!(
            "the plugin never loaded: {name} has no pytest (the command ended with {status})"
        );
        return Failure::config(what).hint(format!(
            "is pytest installed for that Python? `{name} -m pip install pytest` installs it; where a virtual \
             environment has it, name that one's Python, such as .venv/bin/python"
        ));
    }
    let dropped = dropped_by(&words);
    if status == USAGE_ERROR && dropped.is_none() {
        let what = "the plugin never loaded: the command ended with 4, which is pytest's for arguments or a \
                    configuration that it cannot read";
        return Failure::config(what).hint("what pytest printed above says why");
    }
    let what = format!(
        "the plugin never loaded (the command ended with {status}): if it ran tests, it ran all of them"
    );
    let general = || {
        format!(
            "pytest has to start with {} as evenshard sets them: a container needs -e, tox needs pass_env; does \
             the command start pytest at all, and is pytest installed there?",
            listed()
        )
    };
    Failure::config(what).hint(dropped.unwrap_or_else(general))
}

/// Finds the part of a command that drops the variables, with a hint.
fn dropped_by(words: &[&str]) -> Option<String> {
    let found = words.iter().enumerate().find_map(|(at, word)| {
        let rest = &words[at + 1..];
        match base(word) {
            "env" => dropped_by_env(rest),
            name if is_python(name) => interpreter::options(rest)
                .find(|option| ignores_environment(option))
                .map(|option| {
                    format!(
                        "`python {option}` ignores PYTHONPATH, where the plugin is: leave it out"
                    )
                }),
            "-p" => rest
                .first()
                .filter(|next| next.strip_prefix("no:") == Some(plugin::NAME))
                .map(|next| format!("`-p {next}` blocks the plugin: leave it out")),
            _ => set_anew(word),
        }
    });
    // What drops the variables for certain is named before what may.
    found.or_else(|| words.iter().find_map(|word| kept_back_by(base(word))))
}

fn dropped_by_env(options: &[&str]) -> Option<String> {
    let mut options = options.iter().copied();
    while let Some(option) = options.next() {
        let unset = match option {
            "-i" | "-" | "--ignore-environment" => {
                return Some(format!("`env {option}` drops {}: leave it out", listed()));
            }
            "-u" | "--unset" => options.next(),
            _ if option.starts_with('-') || option.contains('=') => option.strip_prefix("--unset="),
            _ => return None,
        };
        if let Some(name) = unset.filter(|name| VARIABLES.contains(name)) {
            return Some(format!(
                "`env -u {name}` drops what brings the plugin in: leave it out"
            ));
        }
    }
    None
}

/// Returns true for `-I` and `-E`, also among other letters.
fn ignores_environment(option: &str) -> bool {
    // Short options can be joined, and -X and -W take the rest for their value.
    let letters = option.trim_start_matches('-');
    !option.starts_with("--") && !letters.starts_with(['X', 'W']) && letters.contains(['I', 'E'])
}

/// Finds an assignment that replaces a variable of evenshard.
fn set_anew(word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let like = match name {
        "PYTHONPATH" => "PYTHONPATH=\"src:$PYTHONPATH\"",
        "PYTEST_PLUGINS" => "PYTEST_PLUGINS=\"mine,$PYTEST_PLUGINS\"",
        _ => return None,
    };
    // `$NAME` and `${NAME}` keep it.
    (!value.contains(name)).then(|| {
        format!(
            "`{name}=` replaces what brings the plugin in: put yours in front of it, as in {like}"
        )
    })
}

/// Says how programs that drop the environment forward the variables.
fn kept_back_by(program: &str) -> Option<String> {
    let all = listed();
    Some(match program {
        "sudo" => format!(
            "sudo drops the environment: sudo --preserve-env={}",
            VARIABLES.join(",")
        ),
        "tox" => format!("tox passes on what pass_env names: add {all}"),
        "ssh" => "ssh passes no environment on: run evenshard on the other machine".to_owned(),
        "docker" | "podman" | "docker-compose" => format!(
            "a container has an environment of its own: {program} needs -e for {all}, and evenshard --work-dir"
        ),
        _ => return None,
    })
}

fn listed() -> String {
    let [first, second, third] = VARIABLES;
    format!("{first}, {second} and {third}")
}

#[cfg(test)]
mod tests {
    use super::dropped_by;

    #[test]
    fn what_drops_the_environment_is_named() {
        let dropped = |command: &str| {
            let words: Vec<&str> = command.split(' ').collect();
            dropped_by(&words).unwrap_or_default()
        };
        for (command, named) in [
            ("env -i python -m pytest", "`env -i` drops"),
            ("env A=1 -u PYTHONPATH pytest", "`env -u PYTHONPATH`"),
            ("/usr/bin/python3.12 -X dev -sI -m pytest", "`python -sI`"),
            ("python -E -m pytest", "`python -E`"),
            ("sh -c PYTEST_PLUGINS=mine pytest", "`PYTEST_PLUGINS=`"),
            ("pytest -p no:_evenshard_pytest_plugin", "blocks"),
            ("sudo -u ci pytest", "--preserve-env"),
            ("tox run -e tests", "pass_env"),
            ("docker run --rm image pytest", "docker needs -e"),
        ] {
            assert!(dropped(command).contains(named), "{}", dropped(command));
        }
        for command in [
            "python -X importtime -W error::ImportWarning -m pytest -I",
            "env A=1 -u OTHER pytest -i",
            "sh -c PYTHONPATH=src:$PYTHONPATH pytest",
            "true",
        ] {
            assert_eq!(dropped(command), "");
        }
    }
}
