//! Connections for single reads.
//!
//! A pool of sqlx starts a task and asks the database whether a connection still lives whenever one
//! is given back, which costs a read as much as its statement. These are given back as they are. One
//! that failed, or whose read was given up half-way, is dropped; one that waited long is asked first.
//! A thread takes those first that it opened itself: its own runtime hears of their answers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection, Database, Executor, IntoArguments, Pool};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{ACQUIRE_TIMEOUT, TRUSTED};

type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// How long an estimate holds: it tells only whether counting to the end is cheap.
const ESTIMATE_MAX: Duration = Duration::from_secs(1);

/// Connections that read, each statement by itself. Cheap to clone.
pub struct Readers<DB: Database>(Arc<Shared<DB>>);

struct Shared<DB: Database> {
    options: Arc<Options<DB>>,
    idle: Mutex<Vec<Idle<DB>>>,
    /// Connections there may be.
    max: usize,
    /// Connections there are.
    open: AtomicUsize,
    free: Semaphore,
    /// Roughly how many rows tables have, and since when that is known.
    estimates: Mutex<Vec<(&'static str, i64, Instant)>>,
}

/// A connection that waits.
struct Idle<DB: Database> {
    connection: DB::Connection,
    home: ThreadId,
    since: Instant,
}

/// A connection that is lent; several statements may use it one after the other.
pub struct Reader<'a, DB: Database> {
    shared: &'a Shared<DB>,
    /// `None` after a failure.
    connection: Option<DB::Connection>,
    /// The thread that opened it.
    home: ThreadId,
    /// Whether a statement is under way.
    is_busy: bool,
    #[expect(dead_code, reason = "held, not looked at")]
    permit: SemaphorePermit<'a>,
}

impl<DB: Database> Clone for Readers<DB> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<DB: Database> fmt::Debug for Readers<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("idle", &self.0.idle.lock().len()).finish_non_exhaustive()
    }
}

impl<DB: Database> fmt::Debug for Reader<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("is_busy", &self.is_busy).finish_non_exhaustive()
    }
}

impl<DB: Database> Readers<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
{
    /// Connections to where `pool` leads, as many as it may have. None is opened yet.
    #[must_use]
    pub fn like(pool: &Pool<DB>) -> Self {
        let count = usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX);
        let max = count.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Shared {
            options: pool.connect_options(),
            idle: Mutex::default(),
            max,
            open: AtomicUsize::new(0),
            free: Semaphore::new(max),
            estimates: Mutex::default(),
        }))
    }

    /// A connection for several statements.
    ///
    /// # Errors
    /// None was free or could be opened in time.
    pub async fn acquire(&self) -> Result<Reader<'_, DB>, sqlx::Error> {
        tokio::time::timeout(ACQUIRE_TIMEOUT, self.open())
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    async fn open(&self) -> Result<Reader<'_, DB>, sqlx::Error> {
        let shared = &*self.0;
        let permit = shared.free.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let here = thread::current().id();
        let mut reader = Reader { shared, connection: None, home: here, is_busy: false, permit };
        while let Some(Idle { connection, home, since }) = shared.kept(here) {
            let connection = reader.connection.insert(connection);
            reader.home = home;
            if since.elapsed() < TRUSTED {
                return Ok(reader);
            }
            reader.is_busy = true;
            let is_alive = connection.ping().await.is_ok();
            reader.is_busy = false;
            if is_alive {
                return Ok(reader);
            }
            // The others have waited longer: they will not live either.
            reader.lose();
        }
        reader.connection = Some(shared.options.connect().await?);
        reader.home = here;
        shared.open.fetch_add(1, Relaxed);
        Ok(reader)
    }

    /// The first row of `query`, if there is one.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn optional(
        &self,
        query: Query<'_, DB, DB::Arguments>,
    ) -> Result<Option<DB::Row>, sqlx::Error> {
        self.acquire().await?.optional(query).await
    }

    /// All rows of `query`.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn all(
        &self,
        query: Query<'_, DB, DB::Arguments>,
    ) -> Result<Vec<DB::Row>, sqlx::Error> {
        self.acquire().await?.all(query).await
    }
}

impl<DB: Database> Reader<'_, DB> {
    /// What [`Reader::keep_estimate`] was told of `table` a moment ago.
    pub(crate) fn estimate(&self, table: &str) -> Option<i64> {
        let estimates = self.shared.estimates.lock();
        let (_, rows, since) = estimates.iter().find(|(name, ..)| *name == table)?;
        (since.elapsed() < ESTIMATE_MAX).then_some(*rows)
    }

    /// Notes that `table` has roughly so many rows.
    pub(crate) fn keep_estimate(&self, table: &'static str, rows: i64) {
        let mut estimates = self.shared.estimates.lock();
        estimates.retain(|(name, ..)| *name != table);
        estimates.push((table, rows, Instant::now()));
    }
}

impl<DB: Database> Shared<DB> {
    /// A connection that waits: of the thread `here` if there is one, another's if no more may be
    /// opened.
    fn kept(&self, here: ThreadId) -> Option<Idle<DB>> {
        let mut idle = self.idle.lock();
        match idle.iter().rposition(|one| one.home == here) {
            Some(own) => Some(idle.remove(own)),
            None if self.open.load(Relaxed) >= self.max => idle.pop(),
            None => None,
        }
    }
}

impl<DB: Database> Reader<'_, DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
{
    /// The first row of `query`, if there is one.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn optional(
        &mut self,
        query: Query<'_, DB, DB::Arguments>,
    ) -> Result<Option<DB::Row>, sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        self.is_busy = true;
        let read = query.fetch_optional(connection).await;
        self.done(read)
    }

    /// All rows of `query`.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn all(
        &mut self,
        query: Query<'_, DB, DB::Arguments>,
    ) -> Result<Vec<DB::Row>, sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        self.is_busy = true;
        let read = query.fetch_all(connection).await;
        self.done(read)
    }

    /// A failure of the connection costs the connection, one of the statement does not.
    fn done<T>(&mut self, read: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.is_busy = false;
        let is_sound = match &read {
            Ok(_) => true,
            Err(error) => error.as_database_error().is_some() && !super::is_unavailable(error),
        };
        if !is_sound {
            self.lose();
        }
        read
    }
}

impl<DB: Database> Reader<'_, DB> {
    /// Drops its connection.
    fn lose(&mut self) {
        if self.connection.take().is_some() {
            self.shared.open.fetch_sub(1, Relaxed);
        }
    }
}

impl<DB: Database> Drop for Reader<'_, DB> {
    fn drop(&mut self) {
        if self.is_busy {
            self.lose();
        }
        if let Some(connection) = self.connection.take() {
            let idle = Idle { connection, home: self.home, since: Instant::now() };
            self.shared.idle.lock().push(idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SqlitePools;
    use super::*;

    async fn readers(name: &str) -> (Readers<sqlx::Sqlite>, std::path::PathBuf) {
        let folder = std::env::temp_dir().join(format!("readers-{name}-{}", std::process::id()));
        let pools = SqlitePools::open(&folder.join("x.db"), Duration::from_secs(5)).await.unwrap();
        sqlx::query("CREATE TABLE thing (x INTEGER)").execute(&pools.write).await.unwrap();
        (Readers::like(&pools.read), folder)
    }

    fn idle(readers: &Readers<sqlx::Sqlite>) -> usize {
        readers.0.idle.lock().len()
    }

    #[tokio::test]
    async fn a_connection_is_used_again_also_after_a_wrong_statement() {
        let (readers, folder) = readers("again").await;
        for _ in 0..3 {
            assert!(readers.all(sqlx::query("SELECT x FROM thing")).await.unwrap().is_empty());
            assert!(readers.optional(sqlx::query("SELECT y FROM thing")).await.is_err());
            assert_eq!(idle(&readers), 1);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn one_whose_statement_was_given_up_is_not() {
        let (readers, folder) = readers("given-up").await;
        let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) \
                       SELECT COUNT(*) FROM n";
        let read = readers.all(sqlx::query(endless));
        assert!(tokio::time::timeout(Duration::from_millis(1), read).await.is_err());
        assert_eq!((idle(&readers), readers.0.free.available_permits()), (0, 4));
        assert_eq!(readers.all(sqlx::query("SELECT 1")).await.unwrap().len(), 1);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
