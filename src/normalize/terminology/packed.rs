//! A table that ships with the program: lines sorted by their first cell, compressed, unpacked when it is first asked for.

/// Lines of text, cells apart by tabs, sorted by the first.
pub struct Packed {
    text: String,
    /// Where each line begins.
    starts: Vec<u32>,
}

impl Packed {
    pub fn unpack(bytes: &[u8]) -> Self {
        let text = zstd::decode_all(bytes).expect("the program ships its tables whole, as a test holds");
        let text = String::from_utf8(text).expect("the program ships its tables as text, as a test holds");
        let starts = text.lines().scan(0, |at, line| {
            let start = *at;
            *at += line.len() as u32 + 1;
            Some(start)
        });
        Self { starts: starts.collect(), text }
    }

    /// The lines of a key, without it.
    pub fn lines_of<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        let first = self.starts.partition_point(|start| self.split(*start).0 < key);
        let lines = self.starts[first..].iter().map(|start| self.split(*start));
        lines.take_while(move |(found, _)| *found == key).map(|(_, rest)| rest)
    }

    fn split(&self, start: u32) -> (&str, &str) {
        let line = self.text[start as usize..].lines().next().unwrap_or_default();
        line.split_once('\t').unwrap_or((line, ""))
    }

    #[cfg(test)]
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.starts.iter().map(|start| self.split(*start).0)
    }
}
