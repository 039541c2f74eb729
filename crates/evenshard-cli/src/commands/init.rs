//! `evenshard init`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::InitSettings;
use crate::streams::Streams;
use crate::values::Provider;

/// The store that the pipelines name before it is replaced.
const STORE: &str = "s3://ci-bucket/evenshard";

/// Writes the pipeline of a CI into the repository, and prints what is left to do.
pub(crate) fn run(settings: &InitSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let (root, below) = repository(env.folder());
    let folder = below.to_str().filter(|folder| is_plain(folder));
    let Some(folder) = folder else {
        let what = format!("a pipeline cannot name the folder {}", below.display());
        return Err(Failure::usage(what).hint("run `evenshard init` at the top of the repository"));
    };
    let text = pipeline(settings.provider, settings.store.as_deref(), folder)?;
    let (above, shown) = match &settings.output {
        Some(path) => (env.folder(), path.clone()),
        None => (root, PathBuf::from(place(settings.provider))),
    };
    let path = above.join(&shown);
    write_new(&path, &text)?;
    let next = next(settings, &shown);
    streams.result(format!("wrote {}\n\n{next}", shown.display()).as_bytes())?;
    Ok(exit::OK)
}

/// Finds the top of the repository, and the current folder below it; the current folder where
/// there is no repository.
fn repository(folder: &Path) -> (&Path, &Path) {
    let root = folder.ancestors().find(|above| above.join(".git").exists());
    let root = root.unwrap_or(folder);
    (root, folder.strip_prefix(root).unwrap_or(Path::new("")))
}

const fn place(provider: Provider) -> &'static str {
    match provider {
        Provider::Github => ".github/workflows/evenshard.yml",
        Provider::Buildkite => ".buildkite/pipeline.yml",
    }
}

/// Returns true for text that is one word to YAML and to a shell.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c))
}

/// Makes the pipeline, with this store and for a suite in this folder.
fn pipeline(provider: Provider, store: Option<&str>, folder: &str) -> Result<String, Failure> {
    let text = match (provider, store) {
        (Provider::Github, None) => include_str!("init/github.yml"),
        (Provider::Github, Some(_)) => include_str!("init/github-store.yml"),
        (Provider::Buildkite, None) => include_str!("init/buildkite.yml"),
        (Provider::Buildkite, Some(_)) => include_str!("init/buildkite-store.yml"),
    };
    let mut text = text.to_owned();
    if let Some(store) = store {
        // `$` would be filled in by Buildkite, `${{` by GitHub.
        let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '$');
        if store.is_empty() || !store.chars().all(fits) {
            let what = format!("--store {store}: a pipeline cannot hold this address");
            return Err(Failure::usage(what).hint("such as s3://ci-bucket/evenshard"));
        }
        text = text.replace(STORE, store);
    }
    if !folder.is_empty() {
        text = in_folder(&text, provider, folder);
    }
    Ok(text)
}

/// Lets the commands of a pipeline run in a folder below the checkout.
fn in_folder(text: &str, provider: Provider, folder: &str) -> String {
    match provider {
        Provider::Buildkite => {
            // The commands of a step are one script: none may leave the folder to the next.
            let command = |line: &str| match line.split_once("- evenshard ") {
                Some((indent, rest)) => format!("{indent}- (cd {folder} && evenshard {rest})"),
                None => line.to_owned(),
            };
            let lines: Vec<String> = text.lines().map(command).collect();
            let role = "          role: ";
            (lines.join("\n") + "\n")
                .replace("artifact_paths: ", &format!("artifact_paths: {folder}/"))
                .replace(role, &format!("          folder: {folder}\n{role}"))
        }
        Provider::Github => text.replace(
            "        with:\n",
            &format!("        with:\n          working-directory: {folder}\n"),
        ),
    }
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(above) = path.parent() {
        fs_err::create_dir_all(above)
            .map_err(|e| Failure::unwritable("cannot make a folder").caused_by(&e))?;
    }
    let mut options = fs_err::OpenOptions::new();
    let made = options.write(true).create_new(true).open(path);
    let written = made.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::unwritable(format!("{} is there already", path.display()))
                .hint("nothing was written; --output FILE writes elsewhere, to take the steps from")
        }
        _ => Failure::unwritable(format!("cannot write {}", path.display())).caused_by(&error),
    })
}

/// Lists what is left to do.
fn next(settings: &InitSettings, path: &Path) -> String {
    let install = match settings.provider {
        Provider::Github => {
            "replace OWNER/evenshard by the repository that has the action; it builds evenshard, or takes the one on PATH"
        }
        Provider::Buildkite => {
            "replace OWNER/evenshard#v1.0.0, or copy integrations/buildkite-plugin to .buildkite/plugins/evenshard and name ./.buildkite/plugins/evenshard; evenshard has to be on PATH of the agents, or the plugin's url and sha256 fetch it"
        }
    };
    let adapt = format!(
        "change the commands in {} to those of this suite",
        path.display()
    );
    let last = match (settings.provider, settings.store.is_some()) {
        (_, true) => {
            "give the jobs credentials for the store: `evenshard store check` says which permissions are missing"
        }
        (Provider::Github, false) => "make `tests-passed` a required check of the branch",
        (Provider::Buildkite, false) => {
            "commit the artifact evenshard-ci/timings.json as junit/timings.json now and then: the next builds are balanced by it"
        }
    };
    format!("next:\n  1. {install}\n  2. {adapt}\n  3. {last}\n")
}
