//! The contract `keyproof/result/v1` as text.

use serde::Serialize;

use super::letter::Letter;
use crate::escape::ascii_json;
use crate::reason::Language;
use crate::result::AttestationResult;

/// The result as JSON: indented, ASCII alone, with a newline at the end. Equal results give equal
/// bytes. Behind the result stands `letter`, what is sent to the applicant, or null.
pub fn json(result: &AttestationResult, language: Language) -> String {
    document(&Answered::new(result, language))
}

/// A result and its letter, as they stand in JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Answered<'a> {
    #[serde(flatten)]
    result: &'a AttestationResult,
    letter: Option<Letter>,
}

impl<'a> Answered<'a> {
    /// The result with the letter about it, in that language.
    pub fn new(result: &'a AttestationResult, language: Language) -> Self {
        Self { result, letter: Letter::about(result, language) }
    }
}

/// A value that holds results as one line of JSON, ASCII alone, with a newline at the end.
pub fn json_line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut line = ascii_json(&serde_json::to_string(value)?);
    line.push('\n');
    Ok(line)
}

/// Any value as such a document.
pub fn document(value: &impl Serialize) -> String {
    // Our types have text for keys and no serializer that refuses, so this does not fail; if it did,
    // what comes out holds no verdict and so is no accept.
    let json = serde_json::to_string_pretty(value)
        .unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string());
    let mut document = ascii_json(&json);
    document.push('\n');
    document
}
