//! A server, a database, a schema: `postgres://USER@HOST:PORT/DATABASE?options=-c search_path=SCHEMA`.

use std::fmt;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::super::StoreError;

/// What may stand behind `?`: the driver would print an unknown one with its value, which may be a misspelt password.
const PARAMETERS: [&str; 11] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "options",
];

/// Where a shared store is. It may hold a password, and never prints it.
#[derive(Clone)]
pub struct ServerPlace(Box<PgConnectOptions>);

impl ServerPlace {
    pub(in super::super) fn parse(url: &str) -> Result<Self, StoreError> {
        let asked = url.split_once('?').map(|(_, asked)| asked).unwrap_or_default();
        for parameter in asked.split('&').filter(|parameter| !parameter.is_empty()) {
            let name = parameter.split(['=', '[']).next().unwrap_or_default();
            if !PARAMETERS.contains(&name) {
                return Err(StoreError::UnknownParameter { name: name.chars().take(40).collect() });
            }
        }
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::UnknownUrl { url: "postgres://...".into() })?
            .application_name("chartlift")
            .statement_cache_capacity(512)
            .disable_statement_logging();
        Ok(Self(Box::new(options)))
    }

    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.0
    }

    pub(super) fn database(&self) -> &str {
        self.0.get_database().unwrap_or_else(|| self.0.get_username())
    }

    pub(super) fn user(&self) -> &str {
        self.0.get_username()
    }
}

impl fmt::Display for ServerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self.0.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.0.get_host(), self.0.get_port()),
        };
        write!(f, "postgres://{at}/{}", self.database())
    }
}

impl fmt::Debug for ServerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
