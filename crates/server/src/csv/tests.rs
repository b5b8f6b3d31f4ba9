use super::read::{MAX_RECORD_BYTES, MAX_VALUES};
use super::{Broken, Reader, Record, row};

/// The records of a list that comes in pieces of this size.
fn read(text: &[u8], piece: usize) -> Vec<Result<Record, Broken>> {
    let mut reader = Reader::default();
    for piece in text.chunks(piece) {
        reader.feed(piece);
    }
    reader.end();
    std::iter::from_fn(|| reader.next()).collect()
}

fn good(text: &str) -> Vec<(u64, Vec<String>)> {
    let whole = read(text.as_bytes(), usize::MAX);
    for piece in [1, 2, 3, 7] {
        assert_eq!(read(text.as_bytes(), piece), whole, "in pieces of {piece}");
    }
    let records = whole.into_iter().map(Result::unwrap);
    records.map(|record| (record.line, record.values)).collect()
}

fn problem(text: &[u8]) -> String {
    let mut records = read(text, 1000);
    records.pop().unwrap().unwrap_err().to_string()
}

#[test]
fn records_come_with_the_lines_that_they_begin_on() {
    let text = "\u{feff}a,b\r\n\r\n1,\"x\ny \"\"z\"\",\"\n,,\n\n 2 , 3\n4";
    let expected: [(u64, &[&str]); 4] = [
        (1, &["a", "b"]),
        (3, &["1", "x\ny \"z\","]),
        (7, &[" 2 ", " 3"]),
        (8, &["4"]),
    ];
    let expected = expected.map(|(line, values)| {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        (line, values)
    });
    assert_eq!(good(text), expected);
    assert_eq!(good(""), []);
    assert_eq!(good("\r\n\n"), []);
}

#[test]
fn a_record_that_cannot_be_read_is_named_and_the_next_is_read() {
    let long = format!("a\n\"{}\n\",b\nc\n", "x".repeat(MAX_RECORD_BYTES));
    let records = read(long.as_bytes(), 4096);
    assert_eq!(records.len(), 3);
    let error = records[1].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("line 2: the record has more"), "{error}");
    assert_eq!(records[2].as_ref().unwrap().line, 4);

    let many = format!("{}\nb\n", "x,".repeat(MAX_VALUES));
    let records = read(many.as_bytes(), 100);
    assert!(records[0].is_err() && records[1].is_ok(), "{records:?}");
    let just = "x,".repeat(MAX_VALUES - 1);
    assert!(read(just.as_bytes(), 100)[0].is_ok());

    let open = problem(b"a\nb,\"c\nd\n");
    assert_eq!(open, "line 2: a quotation mark is not closed");
    let foreign = problem(b"a,\xb2\xfa\xcf\xdf\n");
    assert!(foreign.starts_with("line 1: the text is not UTF-8"));
}

#[test]
fn what_is_written_is_read_again_and_is_no_formula() {
    let values = [
        "=1+1",
        "'=1",
        "''-x",
        "'quoted'",
        "@a",
        "-",
        "a,b",
        "say \"a\"",
        "two\nlines",
        "产线",
    ];
    let text = row(values);
    for cell in ["'=1+1", "''=1", "'''-x", "'quoted'", "'@a"] {
        assert!(text.contains(cell), "{text}");
    }
    assert_eq!(good(&text)[0].1, values);
}
