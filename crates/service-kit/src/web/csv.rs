//! CSV as Korean spreadsheets write and read it (B-1 to B-4, RFC 4180).
//!
//! A file comes in UTF-8, with or without byte order mark, or in windows-949; which of them is only
//! sure once all of it was seen. So it goes to a temporary file first, checked on the way, and is
//! read from there row by row: memory does not grow with the file.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write as _};

use axum::body::Body;
use encoding_rs::{CoderResult, Decoder, EUC_KR, Encoding, UTF_8};
use http::StatusCode;
use http_body_util::BodyExt as _;

use super::problem::Problem;

/// Bytes of a file; larger ones are answered with 413.
pub const CSV_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Rows of a file.
pub const CSV_ROWS_MAX: u64 = 200_000;
/// Bytes decoded at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// What spreadsheets take for a formula at the beginning of a cell.
const FORMULA: [char; 5] = ['=', '+', '-', '@', '\t'];

/// A received file.
#[derive(Debug)]
pub struct CsvFile {
    file: File,
    encoding: &'static Encoding,
}

/// A row of a file, by the names of its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvRow {
    /// Line it begins in, from 1.
    pub line: u64,
    /// Values in the order of the header.
    pub values: Vec<String>,
}

/// Rows of a file.
pub struct CsvRows {
    header: Vec<String>,
    records: csv::StringRecordsIntoIter<Decoding>,
}

impl std::fmt::Debug for CsvRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvRows").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Why a file cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvError {
    /// Line, from 1; 0 where it is about the file.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

impl CsvFile {
    /// Receives `body`. `charset` is what the client says it is; without that windows-949 is
    /// assumed for what is not UTF-8.
    ///
    /// # Errors
    /// 400 for a charset that is not known here or a body that ends early, 413 for more than
    /// [`CSV_BYTES_MAX`].
    pub async fn receive(body: Body, charset: Option<&str>) -> Result<Self, Problem> {
        let declared = charset.map(|name| match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(UTF_8),
            "euc-kr" | "windows-949" | "cp949" | "ms949" | "ks_c_5601-1987" => Ok(EUC_KR),
            _ => Err(Problem::bad_request("UNKNOWN_CHARSET", "charset must be utf-8 or euc-kr")),
        });
        let declared = declared.transpose()?;
        let mut file = tempfile::tempfile().map_err(|error| full(&error))?;
        let mut body = body;
        let mut length = 0_u64;
        let mut checker = UTF_8.new_decoder_with_bom_removal();
        let mut is_utf8 = true;
        let mut scratch = String::with_capacity(CHUNK_BYTES);
        while let Some(frame) = body.frame().await {
            let frame = frame
                .map_err(|_| Problem::bad_request("BODY_INCOMPLETE", "the body ended early"))?;
            let Ok(bytes) = frame.into_data() else { continue };
            length = length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if length > CSV_BYTES_MAX {
                let detail = format!("the file has more than {CSV_BYTES_MAX} bytes");
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(Problem::new(status, "BODY_TOO_LARGE", detail));
            }
            is_utf8 = is_utf8 && valid(&mut checker, &bytes, &mut scratch, false);
            file.write_all(&bytes).map_err(|error| full(&error))?;
        }
        is_utf8 = is_utf8 && valid(&mut checker, &[], &mut scratch, true);
        file.rewind().map_err(|error| full(&error))?;
        let encoding = declared.unwrap_or(if is_utf8 { UTF_8 } else { EUC_KR });
        Ok(Self { file, encoding })
    }

    /// How many rows it has, at most one more than [`CSV_ROWS_MAX`]. Reading blocks.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn count_rows(&self) -> Result<u64, CsvError> {
        let unreadable = |error: io::Error| CsvError { line: 0, message: error.to_string() };
        let mut file = self.file.try_clone().map_err(unreadable)?;
        let mut reader =
            reader(Decoding::new(file.try_clone().map_err(unreadable)?, self.encoding));
        let (mut record, mut count) = (csv::ByteRecord::new(), 0_u64);
        while count <= CSV_ROWS_MAX
            && reader.read_byte_record(&mut record).map_err(|error| told(&error))?
        {
            count = count.saturating_add(1);
        }
        // Both handles share one position.
        file.rewind().map_err(unreadable)?;
        Ok(count)
    }

    /// Its rows; the first line names the columns. Reading blocks.
    ///
    /// # Errors
    /// There is no header, or it names a column twice.
    pub fn rows(self) -> Result<CsvRows, CsvError> {
        let mut reader = reader(Decoding::new(self.file, self.encoding));
        let fault = |message: &str| CsvError { line: 1, message: message.to_owned() };
        let header = reader.headers().map_err(|error| told(&error))?;
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        if header.iter().all(String::is_empty) {
            return Err(fault("the first line must name the columns"));
        }
        let mut sorted = header.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(fault("a column is named twice"));
        }
        Ok(CsvRows { header, records: reader.into_records() })
    }
}

impl CsvRows {
    /// Names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }
}

impl Iterator for CsvRows {
    type Item = Result<CsvRow, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(told(&error))),
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != self.header.len() {
            let message = format!("has {} cells, not {}", record.len(), self.header.len());
            return Some(Err(CsvError { line, message }));
        }
        let mut values: Vec<String> = record.iter().map(unguarded).collect();
        if let Some(last) = values.last_mut().filter(|last| last.ends_with('\r')) {
            last.pop();
        }
        Some(Ok(CsvRow { line, values }))
    }
}

/// Only the line feed ends a line: the reader would count the one of CR LF to the next line.
fn reader(text: Decoding) -> csv::Reader<Decoding> {
    let terminator = csv::Terminator::Any(b'\n');
    csv::ReaderBuilder::new().flexible(true).terminator(terminator).from_reader(text)
}

fn told(error: &csv::Error) -> CsvError {
    let line = error.position().map_or(0, csv::Position::line);
    CsvError { line, message: error.to_string() }
}

fn full(error: &io::Error) -> Problem {
    tracing::warn!(%error, "a received file cannot be kept");
    Problem::unavailable("STORAGE", "there is no room for the file")
}

/// Whether `bytes` continue a text in UTF-8.
fn valid(checker: &mut Decoder, bytes: &[u8], scratch: &mut String, last: bool) -> bool {
    let mut rest = bytes;
    loop {
        scratch.clear();
        let (result, read, wrong) = checker.decode_to_string(rest, scratch, last);
        if wrong {
            return false;
        }
        rest = rest.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return true;
        }
    }
}

/// Reads a file as UTF-8, whatever it is in. What cannot be decoded becomes U+FFFD.
struct Decoding {
    file: File,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    given: usize,
    ended: bool,
}

impl Decoding {
    fn new(file: File, encoding: &'static Encoding) -> Self {
        let text = String::with_capacity(CHUNK_BYTES * 4);
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { file, decoder, raw: vec![0; CHUNK_BYTES], text, given: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() && !self.ended {
            let read = self.file.read(&mut self.raw)?;
            self.ended = read == 0;
            let bytes = self.raw.get(..read).unwrap_or_default();
            // A chunk of bytes is at most three chunks of text: it fits at once.
            let _ = self.decoder.decode_to_string(bytes, &mut self.text, self.ended);
        }
        Ok(())
    }
}

impl Read for Decoding {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.fill()?;
        }
        let left = self.text.as_bytes().get(self.given..).unwrap_or_default();
        let count = left.len().min(out.len());
        let (from, to) = (left.get(..count), out.get_mut(..count));
        if let (Some(from), Some(to)) = (from, to) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

/// A text as a cell that no spreadsheet takes for a formula (B-4).
#[must_use]
pub fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Whether a spreadsheet takes it for a formula, guards before it aside.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// The text of a cell.
fn unguarded(cell: &str) -> String {
    let rest = cell.strip_prefix('\'').filter(|rest| is_formula(rest));
    rest.unwrap_or(cell).to_owned()
}

/// Lines of CSV.
///
/// # Errors
/// There is no memory.
pub fn lines(rows: impl Iterator<Item = Vec<String>>) -> io::Result<Vec<u8>> {
    let terminator = csv::Terminator::CRLF;
    let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(
        bytes: &[u8],
        charset: Option<&str>,
    ) -> Result<(Vec<String>, Vec<CsvRow>), CsvError> {
        let rows = CsvFile::receive(Body::from(bytes.to_vec()), charset).await.unwrap().rows()?;
        let header = rows.header().to_vec();
        Ok((header, rows.collect::<Result<_, _>>()?))
    }

    fn row(line: u64, values: [&str; 2]) -> CsvRow {
        CsvRow { line, values: values.map(str::to_owned).into() }
    }

    #[tokio::test]
    async fn every_encoding_gives_the_same_rows() {
        let text = "sku,name\r\nA-1,육각볼트\r\nA-2,\"짝, \"\"둘\"\"\"\r\n";
        let expected = vec![row(2, ["A-1", "육각볼트"]), row(3, ["A-2", "짝, \"둘\""])];
        let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let (korean, _, _) = EUC_KR.encode(text);
        for bytes in [text.as_bytes(), &with_mark, &korean] {
            let (header, rows) = read(bytes, None).await.unwrap();
            assert_eq!(
                (header, rows),
                (vec!["sku".to_owned(), "name".to_owned()], expected.clone())
            );
        }
        // Bytes that are both: what the client says decides.
        let both = b"sku,name\nA,\xc2\xa6\n";
        assert_eq!(read(both, None).await.unwrap().1, [row(2, ["A", "¦"])]);
        assert_eq!(read(both, Some("EUC-KR")).await.unwrap().1, [row(2, ["A", "짝"])]);
    }

    #[tokio::test]
    async fn a_character_across_two_chunks_is_one() {
        let long = format!("sku,name\n{},육\n", "x".repeat(CHUNK_BYTES - 11));
        let (_, rows) = read(long.as_bytes(), None).await.unwrap();
        assert_eq!(rows[0].values[1], "육");
    }

    #[tokio::test]
    async fn what_is_wrong_has_a_line() {
        assert_eq!(read(b"", None).await.unwrap_err().line, 1);
        assert_eq!(read(b"a,a\n1,2\n", None).await.unwrap_err().message, "a column is named twice");
        assert_eq!(read(b"a,b\n1,2\n1\n", None).await.unwrap_err().line, 3);
        let wrong = CsvFile::receive(Body::empty(), Some("latin1")).await.unwrap_err();
        assert_eq!(wrong.code(), "UNKNOWN_CHARSET");
    }

    #[tokio::test]
    async fn formulas_survive_the_way_out_and_in() {
        let cells = ["=1+1", "-5", "'quoted", "plain", "@x", "'=kept"];
        let line = lines([cells.map(guarded).to_vec()].into_iter()).unwrap();
        let text = String::from_utf8(line.clone()).unwrap();
        assert!(text.starts_with("'=1+1,'-5,'quoted,plain,'@x"), "{text}");
        let file = [b"a,b,c,d,e,f\n".as_slice(), &line].concat();
        let (_, rows) = read(&file, None).await.unwrap();
        assert_eq!(rows[0].values, cells);
    }
}
