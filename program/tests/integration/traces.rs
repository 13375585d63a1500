//! Whether an output holds a run of sixteen octets of a secret file: as they are, in hexadecimal or
//! in base64.

use std::collections::{HashMap, HashSet};

use super::key_files::KeyFile;

const RUN: usize = 16;

/// Runs of the files and of what their base64 stands for, each with the file it is from.
pub struct Traces(HashMap<[u8; RUN], String>);

impl Traces {
    pub fn of<'a>(files: impl Iterator<Item = &'a KeyFile>) -> Self {
        let mut runs = HashMap::new();
        for file in files {
            let decoded = decoded_base64(&file.bytes);
            for content in
                std::iter::once(file.bytes.as_slice()).chain(decoded.iter().map(Vec::as_slice))
            {
                for run in content.windows(RUN).filter(|run| is_telling(run)) {
                    runs.entry(run.try_into().unwrap()).or_insert_with(|| file.name.clone());
                }
            }
        }
        Self(runs)
    }

    /// Leaves out what stands in outputs that have nothing to do with the files.
    pub fn except(&mut self, outputs: &[(String, Vec<u8>)]) {
        for (_, output) in outputs {
            for content in readings(output) {
                for run in content.windows(RUN) {
                    self.0.remove(run);
                }
            }
        }
        assert!(self.0.len() > 10_000, "what is looked for must not be empty");
    }

    /// The file that an output holds a run of, and the run.
    pub fn find(&self, output: &[u8]) -> Option<(&str, String)> {
        readings(output).find_map(|content| {
            content.windows(RUN).find_map(|run| {
                let file = self.0.get(run)?;
                Some((file.as_str(), keyproof::encoding::hex::to_hex(run)))
            })
        })
    }
}

/// An output as it is, and what its base64 and hexadecimal stand for.
fn readings(output: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let encoded = decoded_base64(output).into_iter().chain(decoded_hex(output));
    std::iter::once(output.to_vec()).chain(encoded)
}

/// Rows of one or two octets are in every database.
fn is_telling(run: &[u8]) -> bool {
    run.iter().collect::<HashSet<_>>().len() > 6
}

/// What the runs of base64 digits stand for, from each of four places.
fn decoded_base64(text: &[u8]) -> Vec<Vec<u8>> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let solid: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let mut found = Vec::new();
    for run in solid.split(|byte| !digit(byte)).filter(|run| run.len() >= 22) {
        let run: Vec<u8> = run
            .iter()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                byte => *byte,
            })
            .collect();
        for start in 0..4 {
            let digits = &run[start..];
            let whole = &digits[..digits.len() - digits.len() % 4];
            found.extend(STANDARD.decode(whole).ok());
        }
    }
    found
}

fn decoded_hex(text: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for run in text.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= 2 * RUN) {
        for start in 0..2 {
            let digits = &run[start..];
            let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
            found.push(pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect());
        }
    }
    found
}
