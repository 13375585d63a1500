//! Results for people and programs: text for validation staff, one page of HTML, JSON, and the
//! finding lists of two certificate linters. Nothing is judged here, and every string that may come
//! from evidence passes [`escape`](crate::escape) at the one exit of each form.

mod headline;
mod html;
mod json;
mod letter;
mod linter;
mod summary;
mod text;

pub use html::html;
pub use json::{document, json, json_line};
pub use letter::Letter;
pub use linter::{gate_pkilint, gate_pkimetal, pkilint, pkimetal};
pub use summary::documentation_anchor;
pub use text::{Color, TextOptions, text};

#[cfg(test)]
mod tests;
