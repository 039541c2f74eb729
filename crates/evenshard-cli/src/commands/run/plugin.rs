//! The pytest plugin: a module that loads it, and its sources in one data file, which no tool
//! takes for the user's code.

pub(super) mod message;
pub(super) mod settings;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The module's name; long enough to collide with nothing in a project.
pub(super) const NAME: &str = "_evenshard_pytest_plugin";

macro_rules! sources {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../pytest/plugin/", $name)))),*]
    };
}

/// Loads the plugin in its own place when pytest imports it.
const BOOT: &str = include_str!("../../pytest/boot.py");

/// The plugin's modules.
const FILES: [(&str, &str); 29] = sources! {
    "__init__.py"
    "asked.py"
    "collection.py"
    "contradictions.py"
    "environment.py"
    "exit_status.py"
    "files.py"
    "forks.py"
    "homes.py"
    "identity.py"
    "interrupts.py"
    "junit.py"
    "messages.py"
    "order.py"
    "originals.py"
    "patterns.py"
    "placement.py"
    "positional.py"
    "positions.py"
    "proof.py"
    "quarantine.py"
    "run_record.py"
    "selection.py"
    "session.py"
    "settings.py"
    "setup_meter.py"
    "shared_fixtures.py"
    "watch.py"
    "whole.py"
};

/// Writes the plugin into a folder.
pub(super) fn write_into(folder: &Path) -> io::Result<()> {
    // A container's root may write bytecode: in a folder of ours we can remove it.
    fs_err::create_dir_all(folder.join("__pycache__"))?;
    fs_err::write(folder.join(format!("{NAME}.py")), BOOT)?;
    // One file, since tools take each module with a file for code of the user.
    let modules = serde_json::to_vec(&BTreeMap::from(FILES))?;
    fs_err::write(folder.join("plugin.json"), modules)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::FILES;

    #[test]
    fn every_module_of_the_plugin_is_written() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pytest/plugin");
        let entries = fs_err::read_dir(folder).unwrap();
        let there = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        // Bytecode that somebody's Python left is none of it.
        let there: BTreeSet<String> = there.filter(|name| name != "__pycache__").collect();
        let written: BTreeSet<String> = FILES.map(|(name, _)| name.to_owned()).into();
        assert_eq!(written, there);
    }

    /// The lines of a class of the plugin, up to the first empty one.
    fn class(module: &str, declaration: &str) -> impl Iterator<Item = &'static str> {
        let (_, source) = FILES.iter().find(|(name, _)| *name == module).unwrap();
        let (_, body) = source
            .split_once(&format!("\nclass {declaration}:\n"))
            .unwrap();
        body.lines()
            .take_while(|line| !line.is_empty())
            .map(str::trim)
    }

    /// Asserts that a class of the plugin has the keys of an object, and no others.
    pub(super) fn assert_lists(module: &str, name: &str, object: &Value) {
        let key = |line: &str| line.split_once(": ").unwrap().0.to_owned();
        let python: BTreeSet<String> = class(module, name).map(key).collect();
        let rust: BTreeSet<String> = object.as_object().unwrap().keys().cloned().collect();
        assert_eq!(python, rust, "{name} in {module}");
    }

    /// Asserts that an enum of the plugin's messages has the names of a Rust one, and no others.
    pub(super) fn assert_names<T: DeserializeOwned>(name: &str) {
        let value = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let declaration = format!("{name}(str, enum.Enum)");
        let python: BTreeSet<String> = class("messages.py", &declaration).map(value).collect();
        let error = serde_json::from_str::<T>("\"?\"")
            .err()
            .unwrap()
            .to_string();
        let (_, expected) = error.split_once("expected one of ").unwrap();
        let rust: BTreeSet<String> = expected
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        assert_eq!(python, rust, "{name}");
    }
}
