//! The pytest plugin: a module that loads it, and its sources in one data file, which no tool
//! takes for the user's code.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Its name; long enough to collide with nothing in a project.
pub(super) const NAME: &str = "_evenshard_pytest_plugin";

macro_rules! sources {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../pytest/plugin/", $name)))),*]
    };
}

/// Puts the plugin in its own place when pytest imports it.
const BOOT: &str = include_str!("../../pytest/boot.py");

/// The plugin's modules.
const FILES: [(&str, &str); 22] = sources! {
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
    "order.py"
    "originals.py"
    "patterns.py"
    "placement.py"
    "positional.py"
    "positions.py"
    "quarantine.py"
    "selection.py"
    "session.py"
    "setup_meter.py"
    "shared_fixtures.py"
    "whole.py"
};

/// Writes the plugin into a folder.
///
/// # Errors
/// When that cannot be written.
pub(super) fn write_into(folder: &Path) -> io::Result<()> {
    // A container's root may write bytecode: in a folder of ours we can remove it.
    fs_err::create_dir_all(folder.join("__pycache__"))?;
    fs_err::write(folder.join(format!("{NAME}.py")), BOOT)?;
    let modules = serde_json::to_vec(&BTreeMap::from(FILES))?;
    fs_err::write(folder.join("plugin.json"), modules)
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
