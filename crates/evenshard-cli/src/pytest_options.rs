//! The options that pytest will read: `addopts` of the project, `PYTEST_ADDOPTS`, and the command.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use configparser::ini::Ini;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::env::Env;

/// The files in which pytest looks for its settings, in its order, with the section in each.
const FILES: [(&str, &str); 7] = [
    ("pytest.toml", "pytest"),
    (".pytest.toml", "pytest"),
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("pyproject.toml", ""),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
];

/// The words that pytest reads, the configured ones first: a later one wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PytestOptions {
    /// All words, without the program's name.
    pub(crate) words: Vec<String>,
    /// The current folder.
    pub(crate) at: PathBuf,
    /// The folder of the settings, otherwise the current one: node ids begin there.
    pub(crate) folder: PathBuf,
    /// The arguments where the command has none.
    pub(crate) testpaths: Vec<String>,
}

impl PytestOptions {
    /// Reads a command and the project's settings; empty without a command.
    pub(crate) fn of(command: &[OsString], env: &Env) -> Self {
        if command.is_empty() {
            return Self::default();
        }
        let typed = after_pytest(command);
        let found = Settings::find(&typed, env);
        let override_addopts = override_of(&typed, "addopts");
        // `-o addopts=` replaces what is configured, in any file.
        let addopts = override_addopts.map_or(found.addopts, |text| split(&text));
        let added = env.get("PYTEST_ADDOPTS").map(split).unwrap_or_default();
        Self {
            words: addopts.into_iter().chain(added).chain(typed).collect(),
            at: env.folder().to_owned(),
            folder: found.folder.unwrap_or_else(|| env.folder().to_owned()),
            testpaths: found.testpaths,
        }
    }
}

/// Lists the words behind `pytest`; those before it are for other tools.
fn after_pytest(command: &[OsString]) -> Vec<String> {
    let at = up_to_pytest(command).map_or(command.len(), <[OsString]>::len);
    let words = &command[at..];
    words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// Returns the words up to `pytest`, and that; `None` where the command does not name it.
pub(crate) fn up_to_pytest(command: &[OsString]) -> Option<&[OsString]> {
    // Launchers such as `coverage run -m` have options of their own before it.
    let is_pytest = |word: &OsString| {
        let name = Path::new(word).file_stem().and_then(|n| n.to_str());
        matches!(name, Some("pytest" | "py.test" | "py"))
    };
    let at = command.iter().position(is_pytest)?;
    command.get(..=at)
}

/// Settings of the project.
#[derive(Debug, Default)]
struct Settings {
    addopts: Vec<String>,
    testpaths: Vec<String>,
    folder: Option<PathBuf>,
}

impl Settings {
    /// Finds the settings as pytest does: in the file that is named, otherwise in the first folder
    /// at or above the arguments that has some.
    fn find(typed: &[String], env: &Env) -> Self {
        if let Some(file) = value_of(typed, &["-c", "--config-file"]) {
            let path = env.absolute(Path::new(&file));
            return Self::read(&path).unwrap_or_default();
        }
        let folder = common_folder(typed, env);
        let folders = folder.ancestors();
        let files = folders.flat_map(|folder| FILES.map(|(name, _)| folder.join(name)));
        { files }
            .find_map(|path| Self::read(&path))
            .unwrap_or_default()
    }

    /// Reads the settings of a file; `None` where it has none of pytest's.
    fn read(path: &Path) -> Option<Self> {
        let text = fs_err::read_to_string(path).ok()?;
        // Editors of Windows put a mark before the text.
        let text = text.trim_start_matches('\u{feff}');
        let name = path.file_name()?.to_str()?;
        // A file of another name was named by -c, and is read like pytest.ini.
        let known = FILES.iter().find(|(file, _)| *file == name);
        let section = known.map_or("pytest", |&(_, section)| section);
        let is_toml = path.extension().is_some_and(|e| e == "toml");
        let mut found = if is_toml {
            Self::of_toml(text, section)
        } else {
            Self::of_ini(text, section)
        };
        // These are pytest's own, even when they are empty.
        if matches!(
            name,
            "pytest.ini" | ".pytest.ini" | "pytest.toml" | ".pytest.toml"
        ) {
            found.get_or_insert_default();
        }
        let mut found = found?;
        found.folder = path.parent().map(ToOwned::to_owned);
        Some(found)
    }

    fn of_ini(text: &str, section: &str) -> Option<Self> {
        let mut ini = Ini::new_cs();
        ini.set_multiline(true);
        // As pytest's own reader: a `#` may be part of a value.
        ini.set_inline_comment_symbols(Some(&[]));
        ini.read(text.to_owned()).ok()?;
        let values = ini.get_map_ref().get(section)?;
        let words = |key: &str| {
            let text = values.get(key).and_then(Option::as_deref);
            text.map(split).unwrap_or_default()
        };
        Some(Self {
            addopts: words("addopts"),
            testpaths: words("testpaths"),
            folder: None,
        })
    }

    fn of_toml(text: &str, section: &str) -> Option<Self> {
        let file = DeTable::parse(text).ok()?.into_inner();
        let values = if section.is_empty() {
            let pytest = below(below(&file, "tool")?, "pytest")?;
            // pytest 9 reads [tool.pytest] itself.
            below(pytest, "ini_options").unwrap_or(pytest)
        } else {
            below(&file, section)?
        };
        let words = |key: &str| match values.get(key).map(Spanned::get_ref) {
            Some(DeValue::String(text)) => split(text),
            Some(DeValue::Array(words)) => {
                let words = words.iter().filter_map(|word| word.get_ref().as_str());
                words.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Some(Self {
            addopts: words("addopts"),
            testpaths: words("testpaths"),
            folder: None,
        })
    }
}

fn below<'t, 'f>(table: &'t DeTable<'f>, key: &str) -> Option<&'t DeTable<'f>> {
    table.get(key)?.get_ref().as_table()
}

/// Splits words as a shell does; at blanks where a quote does not end.
fn split(text: &str) -> Vec<String> {
    shell_words::split(text)
        .unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect())
}

/// Finds the deepest folder that holds all arguments that are paths, otherwise the current one.
fn common_folder(typed: &[String], env: &Env) -> PathBuf {
    let paths = typed.iter().filter(|word| !word.starts_with('-'));
    let paths = paths.map(|word| {
        word.split_once("::")
            .map_or(word.as_str(), |(path, _)| path)
    });
    let paths = paths.map(|path| env.absolute(Path::new(path)));
    let folders = paths.filter_map(|path| match (path.is_dir(), path.is_file()) {
        (true, _) => Some(path),
        (_, true) => path.parent().map(ToOwned::to_owned),
        _ => None,
    });
    let common = |a: PathBuf, b: PathBuf| {
        let mut above = a.ancestors();
        let found = above.find(|folder| b.starts_with(folder));
        found.unwrap_or(Path::new("")).to_owned()
    };
    folders
        .reduce(common)
        .unwrap_or_else(|| env.folder().to_owned())
}

/// Returns the last value of an option that is written `-c VALUE`, `-cVALUE` or `--option=VALUE`.
pub(crate) fn value_of(words: &[String], names: &[&str]) -> Option<String> {
    values_of(words, names).pop()
}

/// Lists all values of an option.
pub(crate) fn values_of(words: &[String], names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        for name in names {
            match word.strip_prefix(name) {
                Some("") => found.extend(words.next().cloned()),
                Some(rest) if !name.starts_with("--") => {
                    found.push(rest.strip_prefix('=').unwrap_or(rest).to_owned());
                }
                Some(rest) => found.extend(rest.strip_prefix('=').map(str::to_owned)),
                None => continue,
            }
            break;
        }
    }
    found
}

/// Returns the value that `-o name=value` gives a setting.
fn override_of(words: &[String], name: &str) -> Option<String> {
    let given = values_of(words, &["-o", "--override-ini"]);
    let value = |text: &String| Some(text.strip_prefix(name)?.strip_prefix('=')?.to_owned());
    // The last one wins, as for pytest.
    given.iter().rev().find_map(value)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::PytestOptions;
    use crate::env::Env;

    /// The words of a command in a folder with these files.
    fn words(command: &str, files: &[(&str, &str)], added: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        let env = Env::from_pairs([("PYTEST_ADDOPTS", added)]).in_folder(folder.path());
        let command: Vec<OsString> = command.split(' ').map(OsString::from).collect();
        PytestOptions::of(&command, &env).words
    }

    #[test]
    fn addopts_are_read_wherever_pytest_reads_them() {
        for (file, text) in [
            ("pytest.ini", "[pytest]\naddopts = -n 2 -q\n"),
            (
                ".pytest.ini",
                "[pytest]\n# workers\naddopts =\n    -n 2\n    -q\n",
            ),
            (
                "tox.ini",
                "[tox]\nenvlist = py\n[pytest]\naddopts: -n 2 -q\n",
            ),
            (
                "setup.cfg",
                "[metadata]\nname = x\n\n[tool:pytest]\naddopts = -n 2 -q\n",
            ),
            (
                "pyproject.toml",
                "[tool.pytest.ini_options]\naddopts = \"-n 2 -q\"\n",
            ),
            (
                "pyproject.toml",
                "[tool.pytest.ini_options]\naddopts = [\"-n\", \"2\", \"-q\"]\n",
            ),
            (
                "pyproject.toml",
                "[tool.pytest]\naddopts = [\"-n\", \"2\", \"-q\"]\n",
            ),
            (
                "pytest.toml",
                "[pytest]\naddopts = [\"-n\", \"2\", \"-q\"]\n",
            ),
        ] {
            assert_eq!(
                words("pytest", &[(file, text)], ""),
                ["-n", "2", "-q"],
                "{file}: {text}"
            );
        }
    }

    #[test]
    fn what_is_typed_comes_last_and_can_take_addopts_back() {
        let ini = [("pytest.ini", "[pytest]\naddopts = -n 2\n")];
        assert_eq!(
            words("pytest -n 0", &ini, "-q -x"),
            ["-n", "2", "-q", "-x", "-n", "0"]
        );
        let words = words("pytest -o addopts= -v", &ini, "");
        assert_eq!(words, ["-o", "addopts=", "-v"]);
    }

    #[test]
    fn the_nearest_settings_above_the_arguments_count() {
        let files = [
            ("pytest.ini", "[pytest]\naddopts = -n 2\n"),
            ("other.ini", "[pytest]\naddopts = -n 3\n"),
            ("api/setup.cfg", "[tool:pytest]\naddopts = -n 4\n"),
            ("api/pyproject.toml", "[project]\nname = \"x\"\n"),
            ("api/tests/test_a.py", ""),
            ("web/test_b.py", ""),
        ];
        let first = |command: &str| words(command, &files, "")[1].clone();
        assert_eq!(first("pytest"), "2");
        assert_eq!(first("pytest api/tests/test_a.py::test_x"), "4");
        assert_eq!(first("pytest api/tests web"), "2");
        assert_eq!(first("pytest -c other.ini"), "3");
    }
}
