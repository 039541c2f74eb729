//! Opening files: no pipe that nobody may ever write to, no device that never ends, and no more
//! than fits of a file that is read as a whole.

use std::fs::FileType;
use std::io::{self, Read as _};
use std::path::Path;

use evenshard::RunRecord;

/// The most bytes of a file that is read as a whole: a plan, a history, a run record, a list, a
/// table. A million tests make a fifth of it.
pub(crate) const MOST: u64 = 1 << 30;
/// The most bytes of a configuration; a `pyproject.toml` of all tools stays far below.
pub(crate) const MOST_OF_CONFIGURATION: u64 = 16 << 20;
/// The bytes by which the kind of a file is recognised, as many as the library looks at. Chosen:
/// comments and declarations before a root element are shorter.
pub(crate) const HEAD: u64 = 64 << 10;
/// The end of the names of the run records that `run` and `exec` write.
pub(crate) const RECORD: &str = ".shard.json";

pub(crate) fn is_record(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().ends_with(RECORD)
}

/// Returns a file's name without the ending of compression.
pub(crate) fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
    plain.unwrap_or(&name).to_owned()
}

/// Reads the run record at this path, if there is one.
pub(crate) fn record_at(path: &Path) -> Option<RunRecord> {
    let json = read(path, MOST).ok()?;
    RunRecord::from_json(&json, "").ok()
}

/// Opens a file. Fails for a named pipe, a socket or a device.
pub(crate) fn open(path: &Path) -> io::Result<fs_err::File> {
    let kind = metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() || is_of_the_shell(path, kind) {
        return fs_err::File::open(path);
    }
    let why = format!(
        "{} is a pipe or a device, not a file: reading it might never end",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

fn metadata(path: &Path) -> io::Result<std::fs::Metadata> {
    fs_err::metadata(path).map_err(|error| match error.kind() {
        kind @ io::ErrorKind::NotFound => {
            io::Error::new(kind, format!("{} does not exist", path.display()))
        }
        _ => error,
    })
}

/// Opens a report, which may come through a named pipe.
pub(crate) fn open_report(path: &Path) -> io::Result<fs_err::File> {
    if is_named_pipe(metadata(path)?.file_type()) {
        return fs_err::File::open(path);
    }
    open(path)
}

#[cfg(unix)]
fn is_named_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_named_pipe(_: FileType) -> bool {
    false
}

/// Reads a file of at most `most` bytes.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    // One more than allowed tells a file that is too large from one that just fits.
    open(path)?.take(most + 1).read_to_end(&mut content)?;
    if content.len() as u64 <= most {
        return Ok(content);
    }
    let why = format!("{} is larger than {} MiB", path.display(), most / (1 << 20));
    Err(io::Error::new(io::ErrorKind::FileTooLarge, why))
}

/// Reads a whole file, or standard input for `-`.
pub(crate) fn read_or_stdin(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return read(path, MOST);
    }
    let mut content = Vec::new();
    io::stdin().lock().read_to_end(&mut content)?;
    Ok(content)
}

/// Reads a text file of at most `most` bytes, in UTF-8.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| {
        let why = format!("{} is not UTF-8", path.display());
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}

/// Returns true for the pipe of a shell's `<(command)`, or of a standard stream: its other end is
/// open.
#[cfg(unix)]
fn is_of_the_shell(path: &Path, kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    let of_process = ["/dev/fd", "/dev/stdin", "/proc/self/fd"];
    kind.is_fifo() && of_process.iter().any(|start| path.starts_with(start))
}

#[cfg(not(unix))]
fn is_of_the_shell(_: &Path, _: FileType) -> bool {
    false
}
