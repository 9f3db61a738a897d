//! Rows as PostgreSQL's binary COPY wants them (PostgreSQL documentation, COPY, "Binary Format").

use super::super::StoreError;
use super::super::database::{Cell, Columns, RowSink, SqlType};

/// Rows on their way.
pub struct CopyIn {
    kinds: Vec<SqlType>,
    bytes: Vec<u8>,
    /// The column that comes next in the row begun.
    next: usize,
}

impl CopyIn {
    pub fn new(to: &Columns) -> Self {
        let mut bytes = Vec::with_capacity(1 << 16);
        bytes.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        // No flags, no extension.
        bytes.extend_from_slice(&[0; 8]);
        Self { kinds: to.columns.iter().map(|(_, kind)| *kind).collect(), bytes, next: 0 }
    }

    fn start_row(&mut self) {
        if self.next == 0 {
            self.bytes.extend_from_slice(&(self.kinds.len() as i16).to_be_bytes());
        }
    }

    /// Columns that nothing was put into are NULL.
    fn skip_to(&mut self, column: usize) {
        while self.next < column {
            self.bytes.extend_from_slice(&(-1i32).to_be_bytes());
            self.next += 1;
        }
    }

    pub fn end_row(&mut self) {
        self.start_row();
        self.skip_to(self.kinds.len());
        self.next = 0;
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&(-1i16).to_be_bytes());
        self.bytes
    }

    fn field(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }
}

impl RowSink for CopyIn {
    fn put(&mut self, column: usize, cell: Cell<'_>) -> Result<(), StoreError> {
        if matches!(cell, Cell::Null) {
            return Ok(());
        }
        self.start_row();
        self.skip_to(column);
        match (self.kinds[column], cell) {
            (SqlType::Integer, Cell::Integer(number)) => self.field(&number.to_be_bytes()),
            (SqlType::Boolean, Cell::Integer(number)) => self.field(&[u8::from(number != 0)]),
            (SqlType::Real, Cell::Real(number)) => self.field(&number.to_be_bytes()),
            (SqlType::Real, Cell::Integer(number)) => self.field(&(number as f64).to_be_bytes()),
            (SqlType::Text, Cell::Text(text)) => self.field(text.as_bytes()),
            (SqlType::Bytes, Cell::Bytes(bytes)) => self.field(bytes),
            _ => return Err(StoreError::Damaged { what: format!("column {column} of another kind") }),
        }
        self.next = column + 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_fields_with_lengths() {
        let columns = [("a", SqlType::Integer), ("b", SqlType::Text), ("c", SqlType::Boolean), ("d", SqlType::Real)];
        let columns = columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
        let mut copy = CopyIn::new(&Columns { table: "t".into(), columns });
        copy.put(0, Cell::Integer(1)).expect("a number");
        copy.put(2, Cell::Integer(1)).expect("a truth");
        copy.end_row();
        copy.end_row();
        assert!(copy.put(1, Cell::Integer(1)).is_err());
        let expected = [
            &b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"[..],
            &[0, 4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 1, 1, 255, 255, 255, 255],
            &[0, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
        ]
        .concat();
        assert!(copy.bytes.starts_with(&expected));
    }
}
