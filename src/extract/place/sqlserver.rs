//! The URL of a database of Microsoft SQL Server: `mssql://USER@HOST[:PORT]/DATABASE`, and what may stand behind `?`:
//!
//! | parameter | values |
//! |---|---|
//! | `encrypt` | `yes` (all of the connection; where nothing is said), `strict` (TDS 8), `login` (the login alone), `no` (nothing, the password neither) |
//! | `trust` | `system` (the system's roots; where nothing is said), `any` (any certificate), a path to one or more certificates (PEM) |
//! | `instance` | the name of a named instance, whose port the server's SQL Browser tells |
//! | `timezone` | `+01:00`, or a zone by the server's name for it (`W. Europe Standard Time`); without it an instant keeps its own offset |

use std::path::PathBuf;

use tiberius::{AuthMethod, Config, EncryptionLevel};
use url::{Url, form_urlencoded};

use super::{DriverOptions, ServerAddress};
use crate::extract::ExtractError;

const SCHEME: &str = "mssql";
const DEFAULT_PORT: u16 = 1433;
const PARAMETERS: [&str; 4] = ["encrypt", "trust", "instance", "timezone"];

/// How to reach a database. It has no `Debug`: it holds the password.
#[derive(Clone)]
pub(in crate::extract) struct SqlServerOptions {
    pub(in crate::extract) user: String,
    password: String,
    pub(in crate::extract) host: String,
    /// None where the URL has none.
    port: Option<u16>,
    pub(in crate::extract) database: String,
    encrypt: Encrypt,
    trust: Trust,
    instance: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encrypt {
    Yes,
    Strict,
    Login,
    No,
}

#[derive(Clone)]
enum Trust {
    System,
    Any,
    Certificates(PathBuf),
}

const ENCRYPT: [(&str, Encrypt); 4] =
    [("yes", Encrypt::Yes), ("strict", Encrypt::Strict), ("login", Encrypt::Login), ("no", Encrypt::No)];

/// Reads what stands behind `mssql:`.
pub(super) fn parse(rest: &str, password: Option<&str>) -> Result<ServerAddress, ExtractError> {
    let unreadable = || ExtractError::UrlUnreadable { scheme: SCHEME };
    // A fragment would be part of a name that has a `#`.
    let url = Url::parse(&format!("{SCHEME}:{rest}")).ok().filter(|url| url.fragment().is_none());
    let url = url.ok_or_else(unreadable)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(unreadable)?;
    let user = decoded(url.username()).filter(|user| !user.is_empty()).ok_or_else(unreadable)?;
    let database = decoded(url.path().trim_start_matches('/')).ok_or_else(unreadable)?;
    if database.is_empty() {
        return Err(ExtractError::UrlWithoutDatabase);
    }
    let own = url.password().map(|own| decoded(own).ok_or_else(unreadable)).transpose()?;
    let mut options = SqlServerOptions {
        user,
        password: own.or_else(|| password.map(str::to_owned)).unwrap_or_default(),
        host: decoded(host).ok_or_else(unreadable)?,
        port: url.port(),
        database,
        encrypt: Encrypt::Yes,
        trust: Trust::System,
        instance: None,
    };
    let mut zone = String::new();
    for (name, value) in parameters(url.query().unwrap_or_default()) {
        let wrong = || ExtractError::UrlParameterValue { name: name.clone() };
        match name.as_str() {
            "encrypt" => {
                let known = ENCRYPT.iter().find(|(word, _)| *word == value);
                options.encrypt = known.map(|(_, encrypt)| *encrypt).ok_or_else(wrong)?;
            }
            "trust" => {
                options.trust = match value.as_str() {
                    "" => return Err(wrong()),
                    "system" => Trust::System,
                    "any" => Trust::Any,
                    path => Trust::Certificates(PathBuf::from(path)),
                }
            }
            "instance" if value.is_empty() => return Err(wrong()),
            "instance" => options.instance = Some(value),
            "timezone" if !is_zone(&value) => return Err(ExtractError::UrlZone),
            "timezone" => zone = value,
            _ => return Err(ExtractError::UrlParameter { name: name.chars().take(40).collect() }),
        }
    }
    Ok(ServerAddress { options: DriverOptions::SqlServer(Box::new(options)), zone })
}

/// A part of a URL in its own letters.
fn decoded(part: &str) -> Option<String> {
    // A `+` is a plus, and a `&` or `=` ends nothing here.
    let text = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let decoded = form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default();
    (!decoded.contains('\u{fffd}')).then_some(decoded)
}

fn parameters(query: &str) -> Vec<(String, String)> {
    // In offsets a `+` is one, and no blank.
    let query = query.replace('+', "%2B");
    form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// `+01:00`, or what may be the name of a zone.
fn is_zone(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " .+-:()_/".contains(c))
}

impl SqlServerOptions {
    /// That reaches the same database, given the password again.
    pub(super) fn url(&self, zone: &str) -> String {
        let encrypt = ENCRYPT.iter().find(|(_, encrypt)| *encrypt == self.encrypt && self.encrypt != Encrypt::Yes);
        let trust = match &self.trust {
            Trust::System => None,
            Trust::Any => Some("any".to_owned()),
            Trust::Certificates(path) => Some(path.display().to_string()),
        };
        let zone = Some(zone).filter(|zone| !zone.is_empty());
        let values =
            [encrypt.map(|(word, _)| (*word).to_owned()), trust, self.instance.clone(), zone.map(str::to_owned)];
        let asked: Vec<String> = PARAMETERS
            .iter()
            .zip(values)
            .filter_map(|(name, value)| value.map(|value| format!("{name}={}", encoded(&value))))
            .collect();
        let asked = if asked.is_empty() { String::new() } else { format!("?{}", asked.join("&")) };
        format!("{SCHEME}://{}@{}/{}{asked}", encoded(&self.user), self.authority(), encoded(&self.database))
    }

    /// As it is shown.
    pub(super) fn shown(&self) -> String {
        let instance = self.instance.as_ref().map(|name| format!(" (instance {name})")).unwrap_or_default();
        format!("{SCHEME}://{}/{}{instance}", self.authority(), self.database)
    }

    fn authority(&self) -> String {
        match (self.port, &self.instance) {
            (Some(port), _) => format!("{}:{port}", self.host),
            (None, Some(_)) => self.host.clone(),
            (None, None) => format!("{}:{DEFAULT_PORT}", self.host),
        }
    }

    /// What the driver needs to know.
    pub(in crate::extract) fn config(&self) -> Config {
        let mut config = Config::new();
        config.host(self.host.trim_start_matches('[').trim_end_matches(']'));
        if let Some(port) = self.port {
            config.port(port);
        }
        if let Some(instance) = &self.instance {
            config.instance_name(instance);
        }
        config.database(&self.database);
        config.authentication(AuthMethod::sql_server(&self.user, &self.password));
        config.application_name("chartlift");
        config.readonly(true);
        config.encryption(match self.encrypt {
            Encrypt::Yes => EncryptionLevel::Required,
            Encrypt::Strict => EncryptionLevel::Strict,
            Encrypt::Login => EncryptionLevel::Off,
            Encrypt::No => EncryptionLevel::NotSupported,
        });
        match &self.trust {
            Trust::System => {}
            Trust::Any => config.trust_cert(),
            Trust::Certificates(path) => config.trust_cert_ca(path.display()),
        }
        // A long sort is silent for longer than any limit; whoever connects has a limit of their own.
        config.command_timeout(None);
        config.handshake_timeout(None);
        // Half of a character, as is left where a text was cut off, must not end a run: it is U+FFFD, and counted as damage.
        config.lossy_utf16_decoding(true);
        config
    }

    pub(in crate::extract) fn has_instance(&self) -> bool {
        self.instance.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::extract::place::SourcePlace;

    fn parse(url: &str) -> Result<SourcePlace, String> {
        SourcePlace::parse(Path::new(url), Some("from-elsewhere")).map_err(|error| error.to_string())
    }

    fn whole(url: &str) -> String {
        parse(url).map_or_else(|error| error, |place| place.absolute())
    }

    #[test]
    fn a_url_names_a_database() {
        assert_eq!(whole("mssql://reader@emr-server/emr"), "mssql://reader@emr-server:1433/emr");
        assert_eq!(whole("sqlserver://reader@emr-server:1434/emr"), "mssql://reader@emr-server:1434/emr");
        assert_eq!(whole("MSSQL://reader@[::1]/emr"), "mssql://reader@[::1]:1433/emr");
        let odd = "mssql://EMR%5Creader@h/my%20emr%2B?encrypt=strict&trust=/etc/ca%20s.pem&instance=SQLEXPRESS&timezone=+01:00";
        let again = "mssql://EMR%5Creader@h/my%20emr%2B?encrypt=strict&trust=%2Fetc%2Fca%20s.pem&instance=SQLEXPRESS&timezone=%2B01%3A00";
        assert_eq!(whole(odd), again);
        assert_eq!(whole(again), again);
        assert_eq!(
            whole("mssql://r@h/d?timezone=W. Europe Standard Time"),
            whole("mssql://r@h/d?timezone=W.%20Europe%20Standard%20Time")
        );
        let shown = parse(odd).map(|place| place.to_string());
        assert_eq!(shown.as_deref(), Ok("mssql://h/my emr+ (instance SQLEXPRESS)"));
    }

    #[test]
    fn what_is_wrong_with_a_url_is_named() {
        let no_url = "the URL of the source is no `mssql://USER@HOST:PORT/DATABASE`";
        for url in ["mssql://h/d", "mssql:///d", "mssql://r@/d", "mssql://r@h:port/d", "mssql:d", "mssql://r@h\\I/d"] {
            assert_eq!(whole(url), no_url, "{url}");
        }
        for url in ["mssql://r@h", "mssql://r@h/", "mssql://r@h?trust=any"] {
            assert_eq!(whole(url), "the URL of the source names no database", "{url}");
        }
        let parameter = "the URL of the source has a parameter `sslmode` that is unknown";
        assert_eq!(whole("mssql://r@h/d?sslmode=require"), parameter);
        let value = "the URL of the source gives parameter `encrypt` a value that is unknown";
        assert_eq!(whole("mssql://r@h/d?encrypt=maybe"), value);
        assert_eq!(
            whole("mssql://r@h/d?timezone=';--"),
            "the `timezone` of the source's URL is none that the server knows"
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "mssql://ada:s3cret@db.example:1433/emr",
            "mssql://ada:s3cret@db.example/emr?encrypt=s3cret",
            "mssql://ada:s3cret@db.example:port/emr",
            "mssql://ada@db.example/emr?password=s3cret",
            "mssql://ada:s3cret@db.example/",
        ] {
            let shown = match parse(url) {
                Ok(place) => format!("{place} {place:?} {}", place.absolute()),
                Err(error) => error,
            };
            assert!(!shown.contains("s3cret") && !shown.contains("from-elsewhere"), "{shown}");
        }
    }

    #[test]
    fn the_driver_shows_no_password() {
        for url in ["mssql://ada:s3cret@h/emr", "mssql://ada@h/emr"] {
            let Ok(SourcePlace::Server(server)) = parse(url) else { panic!("no server") };
            let super::DriverOptions::SqlServer(options) = server.options else { panic!("another server") };
            let shown = format!("{:?}", options.config());
            assert!(!shown.contains("s3cret") && !shown.contains("from-elsewhere"), "{shown}");
        }
    }
}
