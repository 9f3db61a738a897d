//! What the server says, in our words. SQLSTATE codes: PostgreSQL documentation, appendix A.

use super::super::StoreError;
use super::ServerPlace;

pub(super) fn failed(place: &ServerPlace, doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    let place = place.to_string();
    move |error| {
        let Some(code) = code(&error) else {
            return match error {
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                    StoreError::ConnectionLost { place: place.clone(), doing, source: Box::new(error) }
                }
                error => StoreError::Failed { doing, source: Box::new(error) },
            };
        };
        match code.as_str() {
            "53100" => StoreError::DiskFull,
            "25006" => StoreError::ReadOnly { path: place.clone() },
            "42501" => StoreError::NoRight { place: place.clone(), doing, source: Box::new(error) },
            // The server is shut down, or was, or is not up yet.
            "57P01" | "57P02" | "57P03" => {
                StoreError::ConnectionLost { place: place.clone(), doing, source: Box::new(error) }
            }
            _ if code.starts_with("08") => {
                StoreError::ConnectionLost { place: place.clone(), doing, source: Box::new(error) }
            }
            // Data exceptions and broken constraints name values.
            _ if code.starts_with("22") || code.starts_with("23") => {
                StoreError::Failed { doing, source: format!("the server refused a row (SQLSTATE {code})").into() }
            }
            _ => StoreError::Failed { doing, source: Box::new(error) },
        }
    }
}

pub(super) fn connecting(place: &ServerPlace, error: sqlx::Error) -> StoreError {
    let shown = place.to_string();
    let refused = |why: String, hint: &'static str| StoreError::Refused { place: shown.clone(), why, hint };
    match code(&error).as_deref() {
        Some("28P01") => refused(
            format!("it does not accept the password of user `{}`", place.user()),
            "set PGPASSWORD, or write the password into ~/.pgpass",
        ),
        // The server's own words say whether the user, the host or the lack of TLS is the reason; they hold no secret.
        Some("28000") => refused(
            format!("it does not let user `{}` in from here without further ado", place.user()),
            "check the user's name and pg_hba.conf; where the server demands TLS, add `?sslmode=require` to the URL",
        ),
        Some("3D000") => refused(
            format!("it has no database `{}`", place.database()),
            "make it (`createdb NAME`), or name another one in the URL",
        ),
        Some("42501") => refused(
            format!("user `{}` may not connect to database `{}`", place.user(), place.database()),
            "grant CONNECT on the database to this user",
        ),
        Some("53300") => refused("it has no free connection".into(), "wait, or raise max_connections"),
        Some("57P03") => refused("it is just starting or stopping".into(), "wait a moment, then try again"),
        _ => match error {
            sqlx::Error::Tls(source) => StoreError::Unreachable { place: shown, source },
            error => StoreError::Unreachable { place: shown, source: Box::new(error) },
        },
    }
}

pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()),
        _ => None,
    }
}
