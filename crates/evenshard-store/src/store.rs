//! The store: four verbs with deadlines.

use std::fmt;
use std::path::Path as FsPath;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};

use crate::content::Content;
use crate::error::{Error, ErrorKind};
use crate::explain::{Explainer, Verb};
use crate::key::{Key, OwnKey, Prefix};
use crate::nonce::Nonce;
use crate::object::{self, Bound, Object};
use crate::place::{Place, Service};
use crate::runtime::{Deadline, Private};
use crate::settings::{Settings, Timing};

mod connect;
mod once;
mod read;

use connect::connect;

/// A place in which the jobs of a build create, get, put and list keys.
///
/// A clone shares its connections and its nonce.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    deadline: Deadline,
}

struct Inner {
    place: Place,
    nonce: Nonce,
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
    /// The key was created by this store, with this content.
    Ours,
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
    ///
    /// # Errors
    ///
    /// Fails if the URL or the settings are malformed, or name what this build cannot use.
    pub fn open(url: &str, settings: &Settings) -> Result<Self, Error> {
        let place = Place::parse(url)?;
        let (object, explainer) = connect(&place, settings, settings.timing().request)?;
        Ok(Self {
            inner: Arc::new(Inner {
                runtime: Private::new(place.service)?,
                place,
                nonce: Nonce::random()?,
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

    /// Returns the store with a time budget that all its verbs share from now on.
    #[must_use]
    pub fn within(&self, budget: Duration) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            deadline: self.deadline.within(budget),
        }
    }

    /// The mark of this store in all that it creates and puts.
    pub fn nonce(&self) -> Nonce {
        self.inner.nonce
    }

    /// Creates a key, or gets the object that has it already.
    ///
    /// A lost reply leaves no doubt: the key is read, and the nonce in it tells whose it is. So a
    /// call that failed can be repeated. An object of this store with other content counts as
    /// theirs.
    ///
    /// # Errors
    ///
    /// Fails if the store does, or if it has something at the key that cannot be read.
    pub fn create(&self, key: &OwnKey, content: &Content) -> Result<Created, Error> {
        self.create_as(key, content, self.inner.nonce)
    }

    pub(crate) fn create_as(
        &self,
        key: &OwnKey,
        content: &Content,
        nonce: Nonce,
    ) -> Result<Created, Error> {
        let sealed = object::seal(content, nonce)?;
        let store = self.object_for(sealed.len())?;
        let limit = self.limit(sealed.len());
        let once = once::Once {
            store: &store,
            explainer: &self.inner.explainer,
            path: self.path(key.key().as_str())?,
            key: key.key(),
            content: content.as_bytes(),
            nonce,
            pause: self.timing().pause,
        };
        self.run(Verb::Create, limit, once.create(sealed.into()))
    }

    /// Puts a key of this job, in place of what it had.
    ///
    /// # Errors
    ///
    /// Fails if the store does.
    pub fn put(&self, key: &OwnKey, content: &Content) -> Result<(), Error> {
        let sealed = object::seal(content, self.inner.nonce)?;
        let (store, limit) = (self.object_for(sealed.len())?, self.limit(sealed.len()));
        let path = self.path(key.key().as_str())?;
        let options = PutOptions::from(PutMode::Overwrite);
        let put = store.put_opts(&path, PutPayload::from(sealed), options);
        self.run(Verb::Put, limit, async {
            let explain = |e| {
                self.inner
                    .explainer
                    .explain(Verb::Put, key.key().as_str(), &e)
            };
            put.await.map(drop).map_err(explain)
        })
    }

    /// Gets the object of a key; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Fails if the store does, or if the object is larger than `bound`, garbage or of a newer
    /// version.
    pub fn get(&self, key: &Key, bound: Bound) -> Result<Option<Object>, Error> {
        self.run(Verb::Get, self.limit(0), self.fetch(key, bound))
    }

    /// Gets several keys at once; the results are in the order of the keys.
    pub fn get_all(&self, keys: &[Key], bound: Bound) -> Vec<Result<Option<Object>, Error>> {
        let more = Duration::from_secs(keys.len() as u64);
        let limit = self.deadline.limit(self.timing().overall + more);
        let gets = keys.iter().map(|key| self.fetch(key, bound));
        let all = async { Ok(stream::iter(gets).buffered(AT_ONCE).collect().await) };
        let got: Result<Vec<_>, Error> = self.run(Verb::Get, limit, all);
        got.unwrap_or_else(|error| keys.iter().map(|_| Err(error.clone())).collect())
    }

    /// Lists at most `most` keys below a prefix, the first ones by name.
    ///
    /// # Errors
    ///
    /// Fails if the store does.
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
        let found = if after.is_empty() {
            self.inner.object.list(Some(&folder))
        } else {
            let offset = self.path(prefix.join(after).as_str())?;
            self.inner.object.list_with_offset(Some(&folder), &offset)
        };
        // Disks list in no order, so all of it has to be seen.
        let most_seen = match self.service() {
            Service::Folder => usize::MAX,
            _ => most.saturating_add(1),
        };
        let paths = found.take(most_seen).map_ok(|meta| meta.location);
        let paths: Vec<Path> = self.run(Verb::List, self.limit(0), async {
            let explain = |e| {
                self.inner
                    .explainer
                    .explain(Verb::List, prefix.as_str(), &e)
            };
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
        let rest = path
            .as_ref()
            .strip_prefix(self.inner.place.prefix.as_ref())?;
        let key = Key::new(rest.trim_start_matches('/').to_owned());
        key.after(prefix)
            .is_some_and(|rest| !rest.is_empty())
            .then_some(key)
    }

    async fn fetch(&self, key: &Key, bound: Bound) -> Result<Option<Object>, Error> {
        let path = self.path(key.as_str())?;
        let inner = &self.inner;
        read::read(&inner.object, &inner.explainer, &path, key, bound).await
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
        let large = if bytes > LARGE {
            bytes as u64 / BYTES_A_SECOND
        } else {
            0
        };
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
            deleted
                .try_for_each(|_| async { Ok(()) })
                .await
                .map_err(explain)
        })
    }
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
