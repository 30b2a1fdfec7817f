//! Connections for single reads.
//!
//! A pool of sqlx starts a task and asks the database whether a connection still lives whenever one
//! is given back, which costs a read as much as its statement. These are given back as they are. One
//! that failed, or whose read was given up half-way, is dropped; one that waited long is asked first.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection, Database, Executor, IntoArguments, Pool};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{ACQUIRE_TIMEOUT, TRUSTED};

type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// Connections that read, each statement by itself. Cheap to clone.
pub struct Readers<DB: Database>(Arc<Shared<DB>>);

struct Shared<DB: Database> {
    options: Arc<Options<DB>>,
    idle: Mutex<Vec<(DB::Connection, Instant)>>,
    free: Semaphore,
}

/// A connection that is lent; several statements may use it one after the other.
pub struct Reader<'a, DB: Database> {
    shared: &'a Shared<DB>,
    /// `None` after a failure.
    connection: Option<DB::Connection>,
    /// Whether a statement is under way.
    is_busy: bool,
    _permit: SemaphorePermit<'a>,
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
        Self(Arc::new(Shared {
            options: pool.connect_options(),
            idle: Mutex::default(),
            free: Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)),
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
        loop {
            let kept = shared.idle.lock().pop();
            let connection = match kept {
                Some((connection, since)) if since.elapsed() < TRUSTED => connection,
                Some((mut connection, _)) => match connection.ping().await {
                    Ok(()) => connection,
                    // The others have waited longer: they will not live either.
                    Err(_) => continue,
                },
                None => shared.options.connect().await?,
            };
            let connection = Some(connection);
            return Ok(Reader { shared, connection, is_busy: false, _permit: permit });
        }
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
            self.connection = None;
        }
        read
    }
}

impl<DB: Database> Drop for Reader<'_, DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.is_busy) {
            self.shared.idle.lock().push((connection, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
