//! Where a source is, as the user says it: a path, or a URL, which may hold a password and never prints it.

#[cfg(feature = "sqlserver")]
pub(super) mod sqlserver;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::ExtractError;

/// A path, a SQLite file whatever it is called, or a server's database.
#[derive(Clone, Debug)]
pub enum SourcePlace {
    Path(PathBuf),
    Sqlite(PathBuf),
    Server(ServerAddress),
}

/// A server's database.
#[derive(Clone)]
pub struct ServerAddress {
    pub(super) options: DriverOptions,
    /// In which zone the server writes instants; empty where each keeps its own.
    pub(super) zone: String,
}

#[derive(Clone)]
pub(super) enum DriverOptions {
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
    #[cfg(feature = "sqlserver")]
    SqlServer(Box<sqlserver::SqlServerOptions>),
}

/// What may stand behind `?`: another name may be a misspelt one whose value is a secret.
const POSTGRES_PARAMETERS: [&str; 12] = [
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
    "timezone",
];
const MYSQL_PARAMETERS: [&str; 10] =
    ["sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key", "socket", "timezone"];

/// Instants are written in it where the URL names no other.
const UTC: &str = "+00:00";

impl SourcePlace {
    /// A path, `sqlite://FILE`, `postgres://USER@HOST:PORT/DATABASE`, `mysql://...` (`mariadb://...`) or `mssql://...` (`sqlserver://...`).
    /// `password` is taken where a server's URL has none.
    pub fn parse(source: &Path, password: Option<&str>) -> Result<Self, ExtractError> {
        let url = source.to_str().filter(|text| text.contains(':'));
        let Some((scheme, rest)) = url.and_then(|url| url.split_once(':')) else {
            return Ok(Self::Path(source.to_owned()));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            "postgres" | "postgresql" => postgres(&format!("postgres:{rest}"), password).map(Self::Server),
            "mysql" | "mariadb" => mysql(&format!("mysql:{rest}"), password).map(Self::Server),
            #[cfg(feature = "sqlserver")]
            "mssql" | "sqlserver" => sqlserver::parse(rest, password).map(Self::Server),
            #[cfg(not(feature = "sqlserver"))]
            "mssql" | "sqlserver" => Err(ExtractError::NotBuilt { what: "SQL Server", feature: "sqlserver" }),
            _ if rest.starts_with("//") && !source.exists() => {
                Err(ExtractError::UnknownUrl { scheme: scheme.chars().take(40).collect() })
            }
            _ => Ok(Self::Path(source.to_owned())),
        }
    }

    /// As whoever goes on with a run from elsewhere may name it.
    pub fn absolute(&self) -> String {
        let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
        match self {
            Self::Path(path) => whole(path),
            Self::Sqlite(path) => format!("sqlite://{}", whole(path)),
            Self::Server(server) => server.url(),
        }
    }
}

/// As a path or a URL without secrets.
impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Server(server) => write!(f, "{server}"),
        }
    }
}

fn postgres(url: &str, password: Option<&str>) -> Result<ServerAddress, ExtractError> {
    let (url, zone) = without_zone(url, &POSTGRES_PARAMETERS)?;
    let unreadable = |_| ExtractError::UrlUnreadable { scheme: "postgres" };
    let has_password = has_password(&url);
    let mut options = PgConnectOptions::from_str(&url).map_err(unreadable)?;
    if let Some(password) = password.filter(|_| !has_password) {
        options = options.password(password);
    }
    let options = options.application_name("chartlift").statement_cache_capacity(1).disable_statement_logging();
    Ok(ServerAddress { options: DriverOptions::Postgres(Box::new(options)), zone })
}

fn mysql(url: &str, password: Option<&str>) -> Result<ServerAddress, ExtractError> {
    let (url, zone) = without_zone(url, &MYSQL_PARAMETERS)?;
    let unreadable = |_| ExtractError::UrlUnreadable { scheme: "mysql" };
    let has_password = has_password(&url);
    let mut options = MySqlConnectOptions::from_str(&url).map_err(unreadable)?;
    if options.get_database().is_none() {
        return Err(ExtractError::UrlWithoutDatabase);
    }
    if let Some(password) = password.filter(|_| !has_password) {
        options = options.password(password);
    }
    let options = options.timezone(zone.clone()).statement_cache_capacity(1).disable_statement_logging();
    Ok(ServerAddress { options: DriverOptions::MySql(Box::new(options)), zone })
}

fn has_password(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    let in_front = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_front || parameters(url).any(|parameter| parameter.starts_with("password="))
}

fn parameters(url: &str) -> impl Iterator<Item = &str> {
    let asked = url.split_once('?').map(|(_, asked)| asked).unwrap_or_default();
    asked.split('&').filter(|parameter| !parameter.is_empty())
}

/// Takes our own parameter `timezone` out, after a look at all names.
fn without_zone(url: &str, known: &[&str]) -> Result<(String, String), ExtractError> {
    let mut zone = UTC.to_owned();
    let mut rest = Vec::new();
    for parameter in parameters(url) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if !known.contains(&name.split('[').next().unwrap_or(name)) {
            return Err(ExtractError::UrlParameter { name: name.chars().take(40).collect() });
        }
        if name != "timezone" {
            rest.push(parameter);
            continue;
        }
        zone = value.replace("%2F", "/").replace("%3A", ":").replace("%2B", "+");
        if zone.is_empty() || !zone.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-:".contains(c)) {
            return Err(ExtractError::UrlZone);
        }
    }
    let base = url.split_once('?').map_or(url, |(base, _)| base);
    let joined = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    Ok((joined, zone))
}

impl ServerAddress {
    /// Whether instants are written as UTC has them.
    pub(super) fn is_utc(&self) -> bool {
        self.zone == UTC
    }

    /// That reaches the same database, given the password again.
    fn url(&self) -> String {
        let mut parameters = Vec::new();
        let (scheme, user, host, port, database) = match &self.options {
            DriverOptions::Postgres(options) => {
                let socket = options.get_socket().map(|socket| socket.display().to_string().replace('/', "%2F"));
                let host = socket.unwrap_or_else(|| options.get_host().to_owned());
                let user = options.get_username();
                ("postgres", user, host, options.get_port(), options.get_database().unwrap_or(user))
            }
            DriverOptions::MySql(options) => {
                if let Some(socket) = options.get_socket() {
                    parameters.push(format!("socket={}", socket.display()));
                }
                let (user, host) = (options.get_username(), options.get_host().to_owned());
                ("mysql", user, host, options.get_port(), options.get_database().unwrap_or_default())
            }
            #[cfg(feature = "sqlserver")]
            DriverOptions::SqlServer(options) => return options.url(&self.zone),
        };
        if !self.is_utc() {
            parameters.push(format!("timezone={}", self.zone.replace('+', "%2B")));
        }
        let asked = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        format!("{scheme}://{user}@{host}:{port}/{database}{asked}")
    }

    pub(super) fn user(&self) -> &str {
        match &self.options {
            DriverOptions::Postgres(options) => options.get_username(),
            DriverOptions::MySql(options) => options.get_username(),
            #[cfg(feature = "sqlserver")]
            DriverOptions::SqlServer(options) => &options.user,
        }
    }

    pub(super) fn database(&self) -> &str {
        match &self.options {
            DriverOptions::Postgres(options) => options.get_database().unwrap_or_else(|| options.get_username()),
            DriverOptions::MySql(options) => options.get_database().unwrap_or_default(),
            #[cfg(feature = "sqlserver")]
            DriverOptions::SqlServer(options) => &options.database,
        }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, socket, host, port) = match &self.options {
            DriverOptions::Postgres(o) => ("postgres", o.get_socket(), o.get_host(), o.get_port()),
            DriverOptions::MySql(o) => ("mysql", o.get_socket(), o.get_host(), o.get_port()),
            #[cfg(feature = "sqlserver")]
            DriverOptions::SqlServer(options) => return f.write_str(&options.shown()),
        };
        match socket {
            Some(socket) => write!(f, "{scheme}://{}/{}", socket.display(), self.database()),
            None => write!(f, "{scheme}://{host}:{port}/{}", self.database()),
        }
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<SourcePlace, String> {
        SourcePlace::parse(Path::new(url), Some("from-elsewhere")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://ada:s3cret@db.example:5433/emr",
            "postgresql://db.example/emr?user=ada&password=s3cret",
            "mysql://ada:s3cret@db.example:3307/emr",
            "mariadb://ada:s3cret@db.example/emr?timezone=Europe%2FVienna",
            "postgres://ada:s3cret@db.example:port/emr",
            "mysql://ada:s3cret@db.example:3307/",
            "mysql://ada@db.example/emr?pasword=s3cret",
        ] {
            let shown = match parse(url) {
                Ok(place) => format!("{place} {place:?} {}", place.absolute()),
                Err(error) => error,
            };
            assert!(!shown.contains("s3cret") && !shown.contains("from-elsewhere"), "{shown}");
        }
    }

    #[test]
    fn what_is_no_url_is_a_path() {
        let shown = |url: &str| parse(url).map(|place| place.to_string());
        assert_eq!(shown("export/2024:01").as_deref(), Ok("export/2024:01"));
        assert_eq!(shown("C:\\export").as_deref(), Ok("C:\\export"));
        assert_eq!(shown("sqlite://a/b.dat").as_deref(), Ok("sqlite://a/b.dat"));
        assert_eq!(shown("mariadb://h/d").as_deref(), Ok("mysql://h:3306/d"));
        assert_eq!(shown("oracle://ada:x@h/d").unwrap_err(), "nothing is read from `oracle://...`");
    }

    #[cfg(not(feature = "sqlserver"))]
    #[test]
    fn a_server_that_this_build_does_not_read_is_named() {
        let error = SourcePlace::parse(Path::new("mssql://ada:s3cret@h/d"), None).expect_err("no driver");
        assert_eq!(error.to_string(), "this build of chartlift cannot read SQL Server");
        assert_eq!(
            error.hint().as_deref(),
            Some("build it with `--features sqlserver`: `cargo build --release --features sqlserver`")
        );
    }

    #[test]
    fn a_run_goes_on_with_the_url_it_noted() {
        let place = parse("mysql://ada:x@localhost/emr?socket=/run/a.sock&timezone=Europe/Vienna").expect("a place");
        assert_eq!(place.absolute(), "mysql://ada@localhost:3306/emr?socket=/run/a.sock&timezone=Europe/Vienna");
        let again = parse(&place.absolute()).expect("a place");
        assert_eq!(again.absolute(), place.absolute());
    }
}
