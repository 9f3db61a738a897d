//! When what a record says was told: a point in time as HL7 writes it (DTM of version 2, TS of CDA), as ISO 8601 writes it.

/// To the second, with its zone; without one it is taken for UTC.
#[derive(Debug)]
pub struct Told {
    time: String,
    zone: String,
}

impl Told {
    /// None where it is no time.
    pub fn at(text: &str) -> Option<Self> {
        let text = text.trim();
        let (clock, zone) = text.split_at(text.find(['+', '-']).unwrap_or(text.len()));
        let digits: String = clock.chars().take_while(char::is_ascii_digit).collect();
        let part = |at: usize, usual: &str| digits.get(at..at + 2).unwrap_or(usual).to_owned();
        let day = format!("{}-{}-{}", digits.get(..4)?, part(4, "01"), part(6, "01"));
        let zone = match zone.len() {
            5 => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
            _ => "Z".to_owned(),
        };
        Some(Self { time: format!("{day}T{}:{}:{}", part(8, "00"), part(10, "00"), part(12, "00")), zone })
    }

    /// Of what was told in one second that of more milliseconds stands.
    pub fn with(&self, milliseconds: u64) -> String {
        let digits = [100, 10, 1].map(|power| b'0' + (milliseconds.min(999) / power % 10) as u8);
        [&self.time, ".", std::str::from_utf8(&digits).unwrap_or_default(), &self.zone].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_as_exact_as_it_is_told() {
        for (text, told) in [
            ("20240301084559.123-0500", "2024-03-01T08:45:59.007-05:00"),
            ("202403010845+0100", "2024-03-01T08:45:00.007+01:00"),
            (" 20240301 ", "2024-03-01T00:00:00.007Z"),
            ("2024", "2024-01-01T00:00:00.007Z"),
            ("2024-0500", "2024-01-01T00:00:00.007-05:00"),
        ] {
            assert_eq!(Told::at(text).map(|time| time.with(7)).as_deref(), Some(told), "{text}");
        }
        for text in ["", "202", "soon", "-0500"] {
            assert!(Told::at(text).is_none(), "{text}");
        }
    }
}
