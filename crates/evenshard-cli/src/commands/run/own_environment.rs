//! The PATH of the command, without evenshard's own virtual environment.
//!
//! `uvx` and `uv tool run` put evenshard into an environment of its own and that one's
//! programs first on PATH. Its `python` would be found before the project's, and has no
//! pytest.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::env::Env;

/// Removes environments that hold nothing but evenshard from PATH; `None` where there are none on
/// it. An environment that is activated, or sees packages of others, is left alone.
pub(super) fn path_without(env: &Env) -> Option<OsString> {
    let path = env.get_os("PATH")?;
    let activated = env.get_os("VIRTUAL_ENV").map(Path::new).and_then(real);
    let mut found = false;
    let kept: Vec<_> = std::env::split_paths(path)
        .filter(|programs| {
            let own = is_own(programs, activated.as_deref());
            found |= own;
            !own
        })
        .collect();
    // Parts of a PATH can be joined to one again.
    std::env::join_paths(kept).ok().filter(|_| found)
}

fn real(path: &Path) -> Option<PathBuf> {
    fs_err::canonicalize(path).ok()
}

/// Returns true for the programs of an environment that holds nothing but evenshard.
fn is_own(programs: &Path, activated: Option<&Path>) -> bool {
    let has_evenshard = ["evenshard", "evenshard.exe"]
        .iter()
        .any(|name| programs.join(name).is_file());
    // Nearly every folder of PATH ends here, after one look.
    if !has_evenshard {
        return false;
    }
    let Some(environment) = programs.parent().and_then(real) else {
        return false;
    };
    let Ok(settings) = fs_err::read_to_string(environment.join("pyvenv.cfg")) else {
        return false;
    };
    // Whoever activates an environment wants its Python.
    activated != Some(&environment)
        && !sees_others(&settings)
        && holds_nothing_else(&environment) == Some(true)
}

/// Returns true where packages of another environment, or of the system, can be imported too.
fn sees_others(settings: &str) -> bool {
    settings.lines().any(|line| {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        match key.trim() {
            "include-system-site-packages" => !value.trim().eq_ignore_ascii_case("false"),
            // uv writes it for `uv run --with`.
            key => key == "extends-environment",
        }
    })
}

/// Returns true where evenshard is the only package; `None` where folders cannot be read.
fn holds_nothing_else(environment: &Path) -> Option<bool> {
    let mut installed = false;
    for packages in site_packages(environment)? {
        for entry in fs_err::read_dir(packages).ok()? {
            let name = entry.ok()?.file_name();
            let name = name.to_str()?;
            match name {
                // Files of uv and virtualenv in each environment.
                "_virtualenv.py" | "_virtualenv.pth" | "__pycache__" => {}
                _ if name.starts_with("evenshard-") && name.ends_with(".dist-info") => {
                    installed = true;
                }
                _ => return Some(false),
            }
        }
    }
    Some(installed)
}

/// Lists `lib/python3.11/site-packages`; on Windows `Lib/site-packages`.
fn site_packages(environment: &Path) -> Option<Vec<PathBuf>> {
    let lib = environment.join(if cfg!(windows) { "Lib" } else { "lib" });
    let mut found = vec![lib.join("site-packages")];
    for entry in fs_err::read_dir(lib).ok()? {
        found.push(entry.ok()?.path().join("site-packages"));
    }
    found.retain(|folder| folder.is_dir());
    Some(found)
}
