//! Opening what is named as a file: no pipe that nobody may ever write to, no device that never
//! ends, and of what is read as a whole no more than fits.

use std::fs::FileType;
use std::io::{self, Read as _};
use std::path::Path;

/// Bytes of a file that is read as a whole: a plan, a history, a run record, a list, a table. A
/// million tests make a fifth of it.
pub(crate) const MOST: u64 = 1 << 30;
/// Bytes of a configuration.
pub(crate) const MOST_OF_CONFIGURATION: u64 = 16 << 20;

/// Opens a file.
///
/// # Errors
/// When it cannot be opened, or is a named pipe, a socket or a device.
pub(crate) fn open(path: &Path) -> io::Result<fs_err::File> {
    let kind = fs_err::metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() || is_of_the_shell(path, kind) {
        return fs_err::File::open(path);
    }
    let why = format!(
        "{} is a pipe or a device, not a file: reading it might never end",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

/// Opens a report, which may come through a named pipe.
///
/// # Errors
/// When it cannot be opened, or is a socket or a device.
pub(crate) fn open_report(path: &Path) -> io::Result<fs_err::File> {
    if is_named_pipe(fs_err::metadata(path)?.file_type()) {
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
///
/// # Errors
/// Those of [`open`]; when it cannot be read, or is larger.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut content)?;
    if content.len() as u64 <= most {
        return Ok(content);
    }
    let why = format!("{} is larger than {} MiB", path.display(), most / (1 << 20));
    Err(io::Error::new(io::ErrorKind::FileTooLarge, why))
}

/// Reads a text file of at most `most` bytes.
///
/// # Errors
/// Those of [`read`]; when it is not UTF-8.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| {
        let why = format!("{} is not UTF-8", path.display());
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}

/// True for the pipe of a shell's `<(command)`, or of a standard stream: its other end is open.
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
