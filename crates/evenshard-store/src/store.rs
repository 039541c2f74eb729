//! The store: four verbs with deadlines.

use std::fmt;
use std::path::Path as FsPath;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, PutMode, PutOptions, PutPayload};

use crate::content::Content;
use crate::error::{Error, ErrorKind};
use crate::explain::{Explainer, Verb};
use crate::key::{Key, OwnKey, Prefix};
use crate::nonce::Nonce;
use crate::object::{self, Bound, Object};
use crate::place::{Place, Service};
use crate::runtime::{Deadline, Private};
use crate::settings::{Settings, Timing};

mod once;

/// A place in which the jobs of a build create, get, put and list keys.
///
/// A clone shares its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    deadline: Deadline,
}

struct Inner {
    place: Place,
    settings: Settings,
    object: Arc<dyn ObjectStore>,
    /// With a patient client, for large content.
    patient: OnceLock<Arc<dyn ObjectStore>>,
    explainer: Explainer,
    runtime: Private,
}

/// The result of [`Store::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The key was created by this call, with this nonce.
    Ours(Nonce),
    /// The key existed, with this object.
    Theirs(Object),
}

/// Keys below a prefix, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The keys.
    pub keys: Vec<Key>,
    /// False where there are more keys than were asked for.
    pub complete: bool,
}

/// Gets at the same time, in [`Store::get_all`]: 40 results at 50 ms each take 0.3 s.
const AT_ONCE: usize = 8;
/// Content that the usual client may be too slow for.
const LARGE: usize = 1 << 20;
const BYTES_A_SECOND: u64 = 128 << 10;

impl Store {
    /// Opens the store at a URL: a folder, `file://`, `s3://`, `gs://` or `az://`.
    ///
    /// Sends no request. A folder is made where it is missing and the folder above it exists.
    pub fn open(url: &str, settings: &Settings) -> Result<Self, Error> {
        let place = Place::parse(url)?;
        let (object, explainer) = connect(&place, settings, settings.timing().request)?;
        Ok(Self {
            inner: Arc::new(Inner {
                runtime: Private::new(place.service)?,
                place,
                settings: settings.clone(),
                object,
                patient: OnceLock::new(),
                explainer,
            }),
            deadline: Deadline::default(),
        })
    }

    /// The kind of the store.
    pub fn service(&self) -> Service {
        self.inner.place.service
    }

    /// The same store with a budget that all its verbs share from now on.
    #[must_use]
    pub fn within(&self, budget: Duration) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            deadline: self.deadline.within(budget),
        }
    }

    /// Creates a key, or gets the object that has it already.
    ///
    /// A lost reply is no doubt: the key is read, and the nonce in it tells whose it is.
    pub fn create(&self, key: &OwnKey, content: &Content) -> Result<Created, Error> {
        let nonce = Nonce::random()?;
        let sealed = object::seal(content, nonce)?;
        let store = self.object_for(sealed.len())?;
        let once = once::Once {
            store: &store,
            explainer: &self.inner.explainer,
            path: self.path(key.key().as_str())?,
            key: key.key(),
            nonce,
            bound: Bound::LARGE,
            pause: self.timing().pause,
        };
        let limit = self.limit(sealed.len());
        self.run(Verb::Create, limit, once.create(sealed.into()))
    }

    /// Puts a key of this job, in place of what it had.
    pub fn put(&self, key: &OwnKey, content: &Content) -> Result<(), Error> {
        let sealed = object::seal(content, Nonce::random()?)?;
        let (store, limit) = (self.object_for(sealed.len())?, self.limit(sealed.len()));
        let path = self.path(key.key().as_str())?;
        let options = PutOptions::from(PutMode::Overwrite);
        let put = store.put_opts(&path, PutPayload::from(sealed), options);
        self.run(Verb::Put, limit, async {
            let explain = |e| self.inner.explainer.explain(Verb::Put, key.key().as_str(), &e);
            put.await.map(drop).map_err(explain)
        })
    }

    /// Gets the object of a key; `None` where there is none.
    pub fn get(&self, key: &Key, bound: Bound) -> Result<Option<Object>, Error> {
        let get = self.fetch(key, bound);
        let limit = self.limit(0);
        match self.run(Verb::Get, limit, get)? {
            Some(bytes) => object::open(&bytes, bound)
                .map(Some)
                .map_err(|e| e.about(key.as_str())),
            None => Ok(None),
        }
    }

    /// Gets several keys at once; the results are in the order of the keys.
    pub fn get_all(&self, keys: &[Key], bound: Bound) -> Vec<Result<Option<Object>, Error>> {
        let limit = self.limit(0);
        let gets = keys.iter().map(|key| async move {
            match self.fetch(key, bound).await? {
                Some(bytes) => object::open(&bytes, bound)
                    .map(Some)
                    .map_err(|e| e.about(key.as_str())),
                None => Ok(None),
            }
        });
        let all = async { Ok(stream::iter(gets).buffered(AT_ONCE).collect().await) };
        let got: Result<Vec<_>, Error> = self.run(Verb::Get, limit, all);
        got.unwrap_or_else(|error| keys.iter().map(|_| Err(error.clone())).collect())
    }

    /// Lists at most `most` keys below a prefix, the first ones by name.
    pub fn list(&self, prefix: &Prefix, most: usize) -> Result<Listing, Error> {
        self.list_after(prefix, "", most)
    }

    /// Lists keys below `prefix` that come after `prefix` and `after` together.
    pub(crate) fn list_after(
        &self,
        prefix: &Prefix,
        after: &str,
        most: usize,
    ) -> Result<Listing, Error> {
        let folder = self.path(prefix.as_str().trim_end_matches('/'))?;
        let found = match after {
            "" => self.inner.object.list(Some(&folder)),
            _ => {
                let offset = self.path(prefix.join(after).as_str())?;
                self.inner.object.list_with_offset(Some(&folder), &offset)
            }
        };
        // Disks list in no order, so all of it has to be seen.
        let most_seen = match self.service() {
            Service::Folder => usize::MAX,
            _ => most.saturating_add(1),
        };
        let paths = found.take(most_seen).map_ok(|meta| meta.location);
        let paths: Vec<Path> = self.run(Verb::List, self.limit(0), async {
            let explain = |e| self.inner.explainer.explain(Verb::List, prefix.as_str(), &e);
            paths.try_collect().await.map_err(explain)
        })?;
        let mut keys: Vec<Key> = paths.iter().filter_map(|p| self.key(p, prefix)).collect();
        keys.sort_unstable();
        keys.dedup();
        let complete = keys.len() <= most;
        keys.truncate(most);
        Ok(Listing { keys, complete })
    }

    /// The key at a path that was listed. A store may answer anything.
    fn key(&self, path: &Path, prefix: &Prefix) -> Option<Key> {
        let rest = path.as_ref().strip_prefix(self.inner.place.prefix.as_ref())?;
        let key = Key::new(rest.trim_start_matches('/').to_owned());
        key.after(prefix).is_some_and(|rest| !rest.is_empty()).then_some(key)
    }

    async fn fetch(&self, key: &Key, bound: Bound) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(key.as_str())?;
        fetch(&self.inner.object, &path, bound)
            .await
            .or_else(|e| match e {
                Fetch::Store(e) => self.inner.explainer.absent_or(key.as_str(), &e),
                Fetch::TooLarge => Err(object::too_large(bound).about(key.as_str())),
            })
    }

    fn run<T>(
        &self,
        verb: Verb,
        limit: Duration,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let result = self.inner.runtime.run(limit, future);
        result.unwrap_or_else(|| Err(self.inner.explainer.late(verb, limit)))
    }

    fn timing(&self) -> Timing {
        self.inner.settings.timing()
    }

    fn limit(&self, bytes: usize) -> Duration {
        let large = if bytes > LARGE { bytes as u64 / BYTES_A_SECOND } else { 0 };
        let most = self.timing().overall + Duration::from_secs(large);
        self.deadline.limit(most)
    }

    /// The client for content of this size: large content takes long to send.
    fn object_for(&self, bytes: usize) -> Result<Arc<dyn ObjectStore>, Error> {
        if bytes <= LARGE || self.service() == Service::Folder {
            return Ok(Arc::clone(&self.inner.object));
        }
        if let Some(patient) = self.inner.patient.get() {
            return Ok(Arc::clone(patient));
        }
        let limit = self.limit(bytes);
        let (object, _) = connect(&self.inner.place, &self.inner.settings, limit)?;
        Ok(Arc::clone(self.inner.patient.get_or_init(|| object)))
    }

    fn path(&self, key: &str) -> Result<Path, Error> {
        let prefix = self.inner.place.prefix.as_ref();
        let whole = if prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{prefix}/{key}")
        };
        let invalid = |_| Error::new(ErrorKind::Other, format!("no key of a store: {key:?}"));
        Path::parse(whole).map_err(invalid)
    }

    pub(crate) fn permission(&self, verb: Verb) -> &'static str {
        self.inner.explainer.permission(verb)
    }

    pub(crate) fn folder(&self) -> Option<&FsPath> {
        let folder = self.service() == Service::Folder;
        folder.then_some(self.inner.place.folder.as_path())
    }

    /// Deletes an object that this process created, for [`Store::check`](Self::check).
    pub(crate) fn delete(&self, key: &OwnKey) -> Result<(), Error> {
        let path = self.path(key.key().as_str())?;
        let deleted = self
            .inner
            .object
            .delete_stream(stream::iter([Ok(path)]).boxed());
        self.run(Verb::Delete, self.limit(0), async {
            let key = key.key().as_str();
            let explain = |e| self.inner.explainer.explain(Verb::Delete, key, &e);
            deleted.try_for_each(|_| async { Ok(()) }).await.map_err(explain)
        })
    }
}

/// Why an object was not read.
pub(crate) enum Fetch {
    Store(object_store::Error),
    TooLarge,
}

/// The bytes of an object, at most what `bound` allows when stored.
pub(crate) async fn fetch(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    bound: Bound,
) -> Result<Option<Vec<u8>>, Fetch> {
    let got = store.get_opts(path, GetOptions::default());
    let got = got.await.map_err(Fetch::Store)?;
    if got.meta.size > bound.stored() {
        return Err(Fetch::TooLarge);
    }
    let mut bytes = Vec::new();
    let mut pieces = got.into_stream();
    while let Some(piece) = pieces.try_next().await.map_err(Fetch::Store)? {
        if (bytes.len() + piece.len()) as u64 > bound.stored() {
            return Err(Fetch::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

fn connect(
    place: &Place,
    settings: &Settings,
    request: Duration,
) -> Result<(Arc<dyn ObjectStore>, Explainer), Error> {
    if place.service == Service::Folder {
        let object = folder(&place.folder)?;
        return Ok((object, Explainer::new(place)));
    }
    #[cfg(feature = "cloud")]
    return crate::cloud::connect(place, settings, request);
    #[cfg(not(feature = "cloud"))]
    {
        let _ = (settings, request);
        Err(Error::left_out(place.service))
    }
}

fn folder(folder: &FsPath) -> Result<Arc<dyn ObjectStore>, Error> {
    let at = folder.display();
    let failed = |e: &dyn fmt::Display| {
        Error::new(ErrorKind::Missing, format!("the folder {at} cannot be used: {e}"))
            .with_hint("the folder above it has to exist: is the shared disk mounted?")
    };
    match std::fs::create_dir(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists && !folder.is_dir() => {
            return Err(failed(&e));
        }
        _ => {}
    }
    // `object_store` unwraps it.
    let whole = folder.canonicalize().map_err(|e| failed(&e))?;
    if whole.to_str().is_none() {
        return Err(failed(&"its path is not UTF-8"));
    }
    let local = object_store::local::LocalFileSystem::new_with_prefix(whole);
    Ok(Arc::new(local.map_err(|e| failed(&e))?))
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.inner.place)
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.place.fmt(f)
    }
}
