//! A small S3 server in this process: real HTTP, with faults where a test asks for them.
//!
//! It also answers as Google's XML interface does, which has the same list and other conditions.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use evenshard_store::{Settings, Store, Timing};

/// The fate of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: it is answered.
    None,
    /// It is carried out, and the connection is closed instead of an answer.
    LoseReply,
    /// The connection is closed before it is carried out.
    Drop,
    /// It is carried out and never answered.
    Hang,
    /// It is answered after this time.
    Delay(Duration),
    /// It is answered with a status and body, and not carried out.
    Status(u16, String),
    /// It is carried out and answered with bytes that mean nothing.
    Garbage(Vec<u8>),
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Faults of the next requests.
    pub(crate) faults: VecDeque<Fault>,
    /// The fault of all requests whose line has this text.
    pub(crate) always: Vec<(String, Fault)>,
    /// The lines of all requests.
    pub(crate) requests: Vec<String>,
    /// Overwrites whatever the condition says, as old versions of `MinIO` do.
    pub(crate) ignores_conditions: bool,
    /// Answers creation of an existing key with 409 and forgets nothing.
    pub(crate) conflicts: usize,
}

/// The server; it ends with the process.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// Time limits with short pauses, that a busy machine keeps.
pub(crate) fn fast() -> Timing {
    Timing {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(5),
        overall: Duration::from_secs(30),
        retries: 2,
        pause: Duration::from_millis(2),
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let state = Arc::clone(&server.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The environment of a user of this server.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        environment(&[
            ("AWS_ENDPOINT_URL", &self.url()),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00"),
            ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-a-test"),
            ("AWS_SESSION_TOKEN", "session-token-of-a-test"),
            // Reading them takes most of the time of opening a store.
            ("AWS_DISABLE_SYSTEM_CERTIFICATES", "true"),
        ])
    }

    /// The store `s3://bucket/ci` of this server.
    pub(crate) fn store(&self) -> Store {
        self.store_with(fast())
    }

    pub(crate) fn store_with(&self, timing: Timing) -> Store {
        let settings = Settings::new(self.environment()).with_timing(timing);
        Store::open("s3://bucket/ci", &settings).unwrap()
    }

    /// The store `gs://bucket/ci` of this server.
    pub(crate) fn google(&self) -> Store {
        let environment = environment(&[
            ("GOOGLE_BASE_URL", &self.url()),
            ("CLOUDSDK_AUTH_ACCESS_TOKEN", "access-token-of-a-test"),
        ]);
        let settings = Settings::new(environment).with_timing(fast());
        Store::open("gs://bucket/ci", &settings).unwrap()
    }

    pub(crate) fn fail_all(&self, text: &str, fault: Fault) {
        self.state().always.push((text.to_owned(), fault));
    }
}

pub(crate) fn environment(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    variables.iter().map(own).collect()
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some((line, request)) = read(&mut reader) {
        let (fault, reply) = {
            let mut state = state.lock().unwrap();
            state.requests.push(line.clone());
            let always = state
                .always
                .iter()
                .find(|(text, _)| line.contains(text.as_str()));
            let fault = always.map(|(_, fault)| fault.clone());
            let fault = fault
                .or_else(|| state.faults.pop_front())
                .unwrap_or(Fault::None);
            match fault {
                Fault::Drop | Fault::Status(..) => (fault, (0, Vec::new(), Vec::new())),
                _ => (fault, state.answer(&request)),
            }
        };
        let head = request.method == "HEAD";
        match fault {
            Fault::None => write(&mut stream, &reply, head),
            Fault::LoseReply | Fault::Drop => return,
            // Until the client gives up and closes.
            Fault::Hang => drop(reader.fill_buf()),
            Fault::Delay(time) => {
                std::thread::sleep(time);
                write(&mut stream, &reply, head);
            }
            Fault::Status(status, body) => {
                write(&mut stream, &(status, Vec::new(), body.into_bytes()), head);
            }
            Fault::Garbage(bytes) => write(&mut stream, &(200, reply.1, bytes), head),
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<(String, Request)> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let line = line.trim_end().to_owned();
    let mut parts = line.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // A proxy is sent the whole address.
    let target = match target
        .strip_prefix("http://")
        .and_then(|t| t.split_once('/'))
    {
        Some((_, path)) => format!("/{path}"),
        None => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter(|q| !q.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    let request = Request {
        method,
        path: decode(path),
        query: query.collect(),
        headers,
        body,
    };
    Some((line, request))
}

fn write(stream: &mut TcpStream, (status, headers, body): &Reply, head: bool) {
    let mut text = format!("HTTP/1.1 {status} X\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(text, "content-length: {}\r\n\r\n", body.len());
    let mut bytes = text.into_bytes();
    if !head {
        bytes.extend_from_slice(body);
    }
    // A client that gave up is no fault of the server.
    let _ = stream.write_all(&bytes);
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let key = request.path.strip_prefix("/bucket").unwrap_or_default();
        let key = key.trim_start_matches('/').to_owned();
        let tag = || ("etag", "\"tag\"".to_owned());
        let modified = || ("last-modified", "Sat, 28 Nov 2026 06:00:00 GMT".to_owned());
        match request.method.as_str() {
            "PUT" => {
                let once = request.headers.contains_key("if-none-match")
                    || request.headers.contains_key("x-goog-if-generation-match");
                let exists = self.objects.contains_key(&key);
                if once && exists && !self.ignores_conditions {
                    return error(412, "PreconditionFailed");
                }
                if once && self.conflicts > 0 {
                    self.conflicts -= 1;
                    return error(409, "ConditionalRequestConflict");
                }
                self.objects.insert(key, request.body.clone());
                (
                    200,
                    vec![tag(), ("x-goog-generation", "1".to_owned())],
                    Vec::new(),
                )
            }
            "DELETE" => {
                self.objects.remove(&key);
                (204, Vec::new(), Vec::new())
            }
            _ if key.is_empty() => self.list(&request.query),
            _ => match self.objects.get(&key) {
                Some(object) => (200, vec![tag(), modified()], object.clone()),
                None => error(404, "NoSuchKey"),
            },
        }
    }

    /// Pages of 1,000 keys, as S3 has them.
    fn list(&self, query: &BTreeMap<String, String>) -> Reply {
        let text = |name: &str| query.get(name).cloned().unwrap_or_default();
        let after = text("start-after").max(text("continuation-token"));
        let keys = self.objects.iter();
        let mut keys = keys.filter(|(k, _)| k.starts_with(&text("prefix")) && **k > after);
        let mut xml = String::from("<ListBucketResult>");
        let mut last = String::new();
        for (key, object) in keys.by_ref().take(1000) {
            let _ = write!(
                xml,
                "<Contents><Key>{key}</Key><Size>{}</Size><ETag>\"tag\"</ETag>\
                 <LastModified>2026-11-28T06:00:00.000Z</LastModified></Contents>",
                object.len()
            );
            last.clone_from(key);
        }
        if keys.next().is_some() {
            let _ = write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        xml.push_str("</ListBucketResult>");
        (200, Vec::new(), xml.into_bytes())
    }
}

pub(crate) fn error_body(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>as asked</Message></Error>")
}

fn error(status: u16, code: &str) -> Reply {
    (status, Vec::new(), error_body(code).into_bytes())
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
