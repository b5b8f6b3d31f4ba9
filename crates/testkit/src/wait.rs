//! The one way in which tests wait: for a value, with a limit, and with what was last seen in the failure.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// The first pause between two looks; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// What was waited for did not come in time.
///
/// `Debug` prints the same sentence as `Display`, so that `unwrap` in a test says it in full.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("waited {limit:?} for {what}; last seen: {last_seen}")]
pub struct TimedOut {
    /// What was waited for.
    pub what: String,
    /// How long.
    pub limit: Duration,
    /// What the last look saw instead.
    pub last_seen: String,
}

impl fmt::Debug for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Looks until `look` finds what it wants, at most for `limit`.
///
/// `look` gives the value, or what it saw instead. A look that hangs counts as not finding anything. There is always one look.
///
/// # Errors
/// [`TimedOut`], with what the last finished look saw.
pub async fn eventually<T, E: fmt::Display>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, TimedOut> {
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    let mut last_seen = "nothing, the first look did not come back".to_owned();
    loop {
        match tokio::time::timeout_at(deadline, look()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(seen)) => last_seen = seen.to_string(),
            Err(_) => {}
        }
        if Instant::now() + pause >= deadline {
            return Err(TimedOut {
                what: what.to_owned(),
                limit,
                last_seen,
            });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_value_comes_back_as_soon_as_it_is_there() {
        let mut looks = 0;
        let found = eventually("three looks", Duration::from_secs(60), || {
            looks += 1;
            let seen = looks;
            async move {
                if seen == 3 {
                    Ok(seen)
                } else {
                    Err(format!("{seen} looks"))
                }
            }
        })
        .await;
        assert_eq!(found, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn the_failure_says_what_was_seen_last_even_if_a_look_hangs() {
        let mut looks = 0;
        let error = eventually("a blue light", Duration::from_secs(2), || {
            looks += 1;
            let first = looks == 1;
            async move {
                if first {
                    Err::<(), _>("a red light")
                } else {
                    std::future::pending().await
                }
            }
        })
        .await
        .unwrap_err();
        assert_eq!(
            format!("{error:?}"),
            "waited 2s for a blue light; last seen: a red light"
        );
    }
}
