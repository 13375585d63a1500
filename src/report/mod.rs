//! Results for people and programs: text for validation staff, one page of HTML, JSON, the finding
//! lists of two certificate linters, and what an applicant reads before anything is sent. Nothing is
//! judged here, and every string that may come from evidence passes [`escape`](crate::escape) at the
//! one exit of each form.

mod headline;
mod html;
mod json;
mod letter;
mod linter;
mod page;
mod preflight;
mod summary;
mod text;

pub use html::html;
pub use json::{Answered, document, json, json_line};
pub use letter::Letter;
pub use linter::{gate_pkilint, gate_pkimetal, pkilint, pkimetal};
pub use page::{Color, TextOptions};
pub use preflight::{applicant_page, preflight};
pub use summary::documentation_anchor;
pub use text::text;

#[cfg(test)]
mod tests;
