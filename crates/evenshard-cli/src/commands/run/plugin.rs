//! The pytest plugin that is handed over: a small package, standard library only.

use std::io;
use std::path::Path;

/// The package's name; long enough to collide with nothing in a project.
pub(super) const NAME: &str = "_evenshard_pytest_plugin";

macro_rules! sources {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../pytest/plugin/", $name)))),*]
    };
}

/// Its files.
const FILES: [(&str, &str); 17] = sources! {
    "__init__.py"
    "asked.py"
    "contradictions.py"
    "environment.py"
    "files.py"
    "forks.py"
    "handover.py"
    "homes.py"
    "identity.py"
    "interrupts.py"
    "originals.py"
    "patterns.py"
    "placement.py"
    "positional.py"
    "quarantine.py"
    "selection.py"
    "session.py"
    "setup_meter.py"
    "whole.py"
};

/// Writes the package into a folder.
///
/// # Errors
/// When that cannot be written.
pub(super) fn write_into(folder: &Path) -> io::Result<()> {
    let package = folder.join(NAME);
    // A container's root may write bytecode: in a folder of ours we can remove it.
    fs_err::create_dir_all(package.join("__pycache__"))?;
    for (name, text) in FILES {
        fs_err::write(package.join(name), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::FILES;

    #[test]
    fn every_module_of_the_plugin_is_handed_over() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pytest/plugin");
        let entries = fs_err::read_dir(folder).unwrap();
        let there = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        // Bytecode that somebody's Python left is none of it.
        let there: BTreeSet<String> = there.filter(|name| name != "__pycache__").collect();
        let handed: BTreeSet<String> = FILES.map(|(name, _)| name.to_owned()).into();
        assert_eq!(handed, there);
    }
}
