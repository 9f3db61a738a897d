use super::*;

type Row = (Vec<String>, u64, Option<Flaw>);

fn read(bytes: &[u8], batch_records: usize) -> (Vec<String>, Vec<Row>) {
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let (mut reader, header) = RecordReader::open("t.csv", input, &TextLayout::default()).expect("memory can be read");
    let mut rows = Vec::new();
    while let Some(batch) = reader.next_batch(batch_records, 1 << 20).expect("memory can be read") {
        for record in batch.records() {
            let cells = record.cells().map(|cell| cell_text(cell, WINDOWS_1252).text.into_owned()).collect();
            rows.push((cells, record.offset_bytes(), record.flaw()));
        }
    }
    (header.columns, rows)
}

fn check(bytes: &[u8], expected: &[(&[&str], u64, Option<Flaw>)]) {
    for batch_records in [1, 2, 1000] {
        let (_, rows) = read(bytes, batch_records);
        let rows: Vec<(Vec<&str>, u64, Option<Flaw>)> = rows
            .iter()
            .map(|(cells, offset, flaw)| (cells.iter().map(String::as_str).collect(), *offset, *flaw))
            .collect();
        let expected: Vec<(Vec<&str>, u64, Option<Flaw>)> =
            expected.iter().map(|(cells, offset, flaw)| (cells.to_vec(), *offset, *flaw)).collect();
        assert_eq!(rows, expected, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn every_line_end_is_one() {
    for bytes in [&b"a,b\n1,2\n3,4\n"[..], b"a,b\r1,2\r3,4", b"a,b\n\n1,2\n3,4\n\n\n"] {
        let (header, rows) = read(bytes, 10);
        assert_eq!(header, ["a", "b"]);
        assert_eq!(rows.iter().map(|row| row.0.join("|")).collect::<Vec<_>>(), ["1|2", "3|4"], "{bytes:?}");
    }
    check(b"a,b\r\n1,2\r\n\r\n3,4", &[(&["1", "2"], 5, None), (&["3", "4"], 12, None)]);
}

#[test]
fn quotes_hold_delimiters_line_ends_and_quotes() {
    check(b"a,b\n\"x,\"\"y\"\"\nz\",2\n3,4\n", &[(&["x,\"y\"\nz", "2"], 4, None), (&["3", "4"], 18, None)]);
}

#[test]
fn a_line_of_blanks_is_a_record_and_an_empty_line_is_none() {
    check(b"a,b\n ,\n\n,\n", &[(&[" ", ""], 4, None), (&["", ""], 8, None)]);
}

#[test]
fn rows_of_another_width_are_ragged_unless_only_delimiters_are_too_many() {
    check(
        b"a,b\n1\n1,2,3\n1,2,,\n",
        &[(&["1"], 4, Some(Flaw::Ragged)), (&["1", "2", "3"], 6, Some(Flaw::Ragged)), (&["1", "2", "", ""], 12, None)],
    );
}

#[test]
fn an_unclosed_quote_is_noticed_and_keeps_its_text() {
    check(
        b"a,b\n1,2\n3,\"open\n5,6\n",
        &[(&["1", "2"], 4, None), (&["3", "open\n5,6\n"], 8, Some(Flaw::UnclosedQuote))],
    );
    check(b"a,b\n1,\"closed\"", &[(&["1", "closed"], 4, None)]);
    check(b"a,b\n1,5\" tube", &[(&["1", "5\" tube"], 4, None)]);
    check(b"a,b\n1,\"", &[(&["1", ""], 4, Some(Flaw::UnclosedQuote))]);
}

#[test]
fn byte_order_marks_are_no_text() {
    assert_eq!(read(b"\xef\xbb\xbfa,b\n1,2\n", 10).0, ["a", "b"]);
    let utf16: Vec<u8> = "a,b\r\nJosé,😀\r\n3,4".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = [&b"\xff\xfe"[..], &utf16].concat();
    check(&bytes, &[(&["José", "😀"], 12, None), (&["3", "4"], 12 + 2 * 9, None)]);
    let utf16: Vec<u8> = "a,b\n1,2".encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&[&b"\xfe\xff"[..], &utf16].concat(), &[(&["1", "2"], 10, None)]);
}

#[test]
fn nothing_and_header_only_have_no_records() {
    assert_eq!(read(b"", 10), (vec![], vec![]));
    assert_eq!(read(b"\n\r\n", 10), (vec![], vec![]));
    assert_eq!(read(b"a,b\n", 10).1, vec![]);
}

#[test]
fn a_cell_may_be_larger_than_every_buffer() {
    let long = "x".repeat(5 << 20);
    let (_, rows) = read(format!("a,b\n{long},2\n3,4\n").as_bytes(), 10);
    assert_eq!((rows[0].0[0].len(), rows[1].0[0].as_str()), (5 << 20, "3"));
}

#[test]
fn a_record_without_end_is_refused_before_it_fills_the_memory() {
    let input = std::io::Cursor::new(b"a,b\n1,\"".to_vec()).chain(std::io::repeat(b'x'));
    let (mut reader, _) =
        RecordReader::open("t.csv", Box::new(input), &TextLayout::default()).expect("the header can be read");
    let error = reader.next_batch(10, 1 << 20).expect_err("it has no end");
    assert!(matches!(error, ExtractError::RecordTooLong { row: 1, offset: 4, .. }), "{error}");
}

#[test]
fn the_raw_bytes_split_into_the_same_cells() {
    let input = Box::new(std::io::Cursor::new(b"a,b\r\n\"x, \"\"y\"\"\",Jos\xe9\r\n".to_vec()));
    let (mut reader, header) = RecordReader::open("t.csv", input, &TextLayout::default()).expect("memory can be read");
    let batch = reader.next_batch(10, 100).expect("memory can be read").expect("a record");
    assert_eq!(batch.record(0).raw(), b"\"x, \"\"y\"\"\",Jos\xe9");
    assert_eq!(split_record(batch.record(0).raw(), &header), ["x, \"y\"", "José"]);
}

#[test]
fn utf16_is_known_without_its_mark() {
    let text = "name,b\nß,2\n";
    for bytes in [u16::to_le_bytes, u16::to_be_bytes].map(|of| text.encode_utf16().flat_map(of).collect::<Vec<u8>>()) {
        let (header, rows) = read(&bytes, 10);
        assert_eq!(header, ["name", "b"]);
        assert_eq!(rows, [(vec!["ß".to_owned(), "2".to_owned()], 14, None)]);
    }
}

#[test]
fn escaped_records_keep_their_places_and_bytes() {
    let text = b"a,b\r\n1,\"say \\\"hi, there\\\"\"\r\n\r\n2,x\\\ny\\\n\n3,\\N\n4,x\\";
    let layout = TextLayout { escape: Some(Escape { sign: b'\\', letters: false }), ..Default::default() };
    let open = || RecordReader::open("t.csv", Box::new(text.as_slice()), &layout).expect("memory can be read");
    let (mut reader, header) = open();
    assert_eq!(Header::of_note(&header.to_note()).as_ref(), Some(&header));
    let batch = reader.next_batch(10, 1 << 20).expect("memory can be read").expect("records");
    let rows: Vec<_> = batch
        .records()
        .map(|record| (record.cells().collect::<Vec<_>>(), record.offset_bytes(), record.raw(), record.flaw()))
        .collect();
    assert_eq!(
        rows,
        [
            (vec![&b"1"[..], b"say \"hi, there\""], 5, &b"1,\"say \\\"hi, there\\\"\""[..], None),
            (vec![b"2", b"x\ny\n"], 30, b"2,x\\\ny\\\n", None),
            (vec![b"3", b""], 39, b"3,\\N", None),
            (vec![b"4", b"x"], 44, b"4,x\\", Some(Flaw::UnclosedQuote)),
        ]
    );
    // A kept record is read as it was, and what was read before can be passed over.
    for (record, (cells, ..)) in batch.records().zip(&rows).take(3) {
        let again = RecordBatch::of_raw(record.raw(), 1, record.offset_bytes(), &header);
        assert_eq!((again.len(), again.record(0).cells().collect::<Vec<_>>()), (1, cells.clone()));
        assert_eq!(again.record(0).raw(), record.raw());
    }
    for (passed, (_, offset, raw, _)) in rows.iter().enumerate().skip(1) {
        let (mut first, _) = open();
        let before = first.next_batch(passed, 1 << 20).expect("memory can be read").expect("records");
        let (mut reader, _) = open();
        reader.skip(passed as u64, before.raw_bytes()).expect("memory can be read");
        let rest = reader.next_batch(10, 1 << 20).expect("memory can be read").expect("records");
        let record = rest.record(0);
        assert_eq!((record.row(), record.offset_bytes(), record.raw()), (passed as u64 + 1, *offset, *raw));
    }
}

#[test]
fn quotes_that_are_escaped_unbeknown_make_no_row() {
    let torn = Some(Flaw::StrayQuote);
    check(b"a,b\n\"say \\\"hi\\\"\",2\n", &[(&["say \\hi\\\"\"", "2"], 4, torn)]);
    // A path is none, and neither is a quote by which no cell begins.
    check(
        b"a,b\n\"C:\\dir\\\",2\n5\\\" tube,\"\"\n",
        &[(&["C:\\dir\\", "2"], 4, None), (&["5\\\" tube", ""], 16, None)],
    );
}
