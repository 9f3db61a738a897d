//! A server for tests that speaks as much of TDS 7.4 as a login and a SELECT need (MS-TDS 2.2), and gives what a test tells it to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What is answered to a statement.
pub(super) enum Answer {
    /// Columns and rows.
    Rows(Vec<Kind>, Vec<Vec<Value>>),
    /// Number, message and line.
    Error(u32, &'static str, u32),
    Done,
    /// The connection ends.
    Gone,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    LongText,
    Bytes,
    Number,
    SmallNumber,
}

#[derive(Clone)]
pub(super) enum Value {
    Null,
    Text(String),
    Units(Vec<u16>),
    Bytes(Vec<u8>),
    Number(f64),
    SmallNumber(f32),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Rows of texts.
pub(super) fn rows<const N: usize>(rows: &[[&str; N]]) -> Answer {
    let rows = rows.iter().map(|row| row.iter().map(|text| Value::from(*text)).collect()).collect();
    Answer::Rows(vec![Kind::Text; N], rows)
}

/// A server that takes one connection.
pub(super) struct Fake {
    pub port: u16,
    /// What it was asked.
    pub asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

/// How a login ends.
#[derive(Clone, Copy)]
pub(super) enum Login {
    Good,
    Wrong(u32),
    /// It sends whoever comes first to itself.
    Elsewhere,
}

impl Fake {
    pub fn new(login: Login, answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            if matches!(login, Login::Elsewhere) {
                serve(&mut stream, login, port, &noted, &answer);
                (stream, _) = listener.accept().expect("a client again");
            }
            let login = if matches!(login, Login::Elsewhere) { Login::Good } else { login };
            serve(&mut stream, login, port, &noted, &answer);
        });
        Self { port, asked, thread: Some(thread) }
    }

    /// What it was asked, once the client is gone.
    pub fn asked(mut self) -> Vec<String> {
        self.thread.take().expect("a thread").join().expect("a server without a panic");
        std::mem::take(&mut *self.asked.lock().expect("a list"))
    }
}

/// One message of a client: its kind and what is in its packets.
fn message(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut body = Vec::new();
    loop {
        let mut header = [0; 8];
        stream.read_exact(&mut header).ok()?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]])) - header.len();
        let start = body.len();
        body.resize(start + length, 0);
        stream.read_exact(&mut body[start..]).ok()?;
        if header[1] & 1 == 1 {
            return Some((header[0], body));
        }
    }
}

fn send(stream: &mut TcpStream, body: &[u8]) {
    const ROOM: usize = 4096 - 8;
    let packets = body.chunks(ROOM).count().max(1);
    for (at, part) in body.chunks(ROOM).enumerate() {
        let is_last = u8::from(at + 1 == packets);
        let length = u16::try_from(part.len() + 8).expect("a packet").to_be_bytes();
        let header = [4, is_last, length[0], length[1], 0, 0, u8::try_from(at % 256).expect("a byte"), 0];
        // Whoever has read enough goes.
        let _ = stream.write_all(&[&header, part].concat());
    }
}

fn serve(
    stream: &mut TcpStream,
    login: Login,
    port: u16,
    asked: &Mutex<Vec<String>>,
    answer: &(impl Fn(&str) -> Answer + Send),
) {
    while let Some((kind, body)) = message(stream) {
        match kind {
            // Its version, and that it does not encrypt.
            0x12 => send(stream, &[0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, 2]),
            0x10 => {
                asked.lock().expect("a list").push(login_of(&body));
                match login {
                    Login::Good => send(stream, &[acknowledged(), done(0)].concat()),
                    Login::Wrong(number) => send(stream, &[error(number, "Login failed.", 1), done(2)].concat()),
                    Login::Elsewhere => {
                        send(stream, &[acknowledged(), routing(port), done(0)].concat());
                        return;
                    }
                }
            }
            _ => {
                let headers =
                    usize::try_from(u32::from_le_bytes([body[0], body[1], body[2], body[3]])).expect("a size");
                let sql = text_of(&body[headers..]);
                let answered = answer(&sql);
                asked.lock().expect("a list").push(sql);
                match answered {
                    Answer::Gone => return,
                    Answer::Done => send(stream, &done(0)),
                    Answer::Error(number, said, line) => send(stream, &[error(number, said, line), done(2)].concat()),
                    Answer::Rows(kinds, rows) => {
                        let mut body = columns(&kinds);
                        for row in rows {
                            body.push(0xd1);
                            kinds.iter().zip(row).for_each(|(kind, value)| put(&mut body, *kind, value));
                        }
                        body.extend(done(0));
                        send(stream, &body);
                    }
                }
            }
        }
    }
}

fn text_of(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// User and database of a login (MS-TDS 2.2.6.4), and whether it only reads.
fn login_of(body: &[u8]) -> String {
    let part = |at: usize| {
        let number = |at: usize| usize::from(u16::from_le_bytes([body[at], body[at + 1]]));
        text_of(&body[number(at)..number(at) + 2 * number(at + 2)])
    };
    let reads = if body[26] & 0x20 == 0 { "" } else { " to read" };
    format!("login {} {} as {}{reads}", part(40), part(68), part(48))
}

fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn token(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("a short token").to_le_bytes();
    [&[kind], &length[..], body].concat()
}

fn short(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).expect("a short text")], &units(text)[..]].concat()
}

fn acknowledged() -> Vec<u8> {
    token(0xad, &[&[1, 0x74, 0, 0, 4], &short("Microsoft SQL Server")[..], &[16, 0, 0, 0]].concat())
}

fn error(number: u32, said: &str, line: u32) -> Vec<u8> {
    let length = u16::try_from(said.encode_utf16().count()).expect("a short text").to_le_bytes();
    let parts =
        [&number.to_le_bytes()[..], &[1, 16], &length, &units(said), &short("fake"), &short(""), &line.to_le_bytes()];
    token(0xaa, &parts.concat())
}

fn routing(port: u16) -> Vec<u8> {
    let host = "127.0.0.1";
    let length = u16::try_from(host.len()).expect("a short name");
    let place = [&[0][..], &port.to_le_bytes(), &length.to_le_bytes(), &units(host)].concat();
    let size = u16::try_from(place.len()).expect("a short token").to_le_bytes();
    token(0xe3, &[&[20][..], &size, &place, &[0, 0]].concat())
}

fn done(status: u16) -> Vec<u8> {
    [&[0xfd][..], &status.to_le_bytes(), &[0; 10]].concat()
}

fn columns(kinds: &[Kind]) -> Vec<u8> {
    const COLLATION: [u8; 5] = [9, 4, 0xd0, 0, 52];
    let mut body = vec![0x81];
    body.extend(u16::try_from(kinds.len()).expect("few columns").to_le_bytes());
    for kind in kinds {
        body.extend([0; 4]);
        body.extend([1, 0]);
        match kind {
            Kind::Text => body.extend([&[0xe7, 0x40, 0x1f][..], &COLLATION].concat()),
            Kind::LongText => body.extend([&[0xe7, 0xff, 0xff][..], &COLLATION].concat()),
            Kind::Bytes => body.extend([0xa5, 0x40, 0x1f]),
            Kind::Number => body.extend([0x6d, 8]),
            Kind::SmallNumber => body.extend([0x6d, 4]),
        }
        body.extend(short(""));
    }
    body
}

fn put(body: &mut Vec<u8>, kind: Kind, value: Value) {
    let bytes = match value {
        Value::Null => None,
        Value::Text(text) => Some(units(&text)),
        Value::Units(units) => Some(units.into_iter().flat_map(u16::to_le_bytes).collect()),
        Value::Bytes(bytes) => Some(bytes),
        Value::Number(value) => Some(value.to_le_bytes().to_vec()),
        Value::SmallNumber(value) => Some(value.to_le_bytes().to_vec()),
    };
    let length = bytes.as_ref().map_or(0, Vec::len);
    match (kind, &bytes) {
        (Kind::Number | Kind::SmallNumber, _) => body.push(u8::try_from(length).expect("a number")),
        (Kind::LongText, None) => body.extend([0xff; 8]),
        (Kind::LongText, Some(_)) => {
            body.extend(u64::try_from(length).expect("a size").to_le_bytes());
            body.extend(u32::try_from(length).expect("a size").to_le_bytes());
        }
        (_, None) => body.extend([0xff; 2]),
        (_, Some(_)) => body.extend(u16::try_from(length).expect("a short value").to_le_bytes()),
    }
    body.extend(bytes.unwrap_or_default());
    if matches!(kind, Kind::LongText) && length > 0 {
        body.extend([0; 4]);
    }
}
