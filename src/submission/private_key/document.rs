//! Private keys in JSON and XML documents that were parsed, whose texts have their escapes undone.

use super::anywhere::JWK_PRIVATE;
use super::{Holds, Recognised, find};
use crate::encoding::{json, xml};

/// What a JSON document holds of a private key: as a JSON Web Key, or in one of its strings.
pub(in crate::submission) fn find_in_json(document: &json::Value) -> Option<Recognised> {
    match document {
        json::Value::Text(text) => find(text.as_bytes()),
        json::Value::List(elements) => elements.iter().find_map(find_in_json),
        json::Value::Object(members) => {
            let is_key = document.member("kty").is_some();
            members.iter().find_map(|(name, value)| {
                if is_key && JWK_PRIVATE.contains(&name.as_str()) {
                    return Some(certain("a JSON Web Key"));
                }
                find_in_json(value)
            })
        }
        json::Value::Null | json::Value::Boolean(_) | json::Value::Number(_) => None,
    }
}

/// Elements that only a private key has, beside its Modulus (.NET, `RSA.ToXmlString`).
const RSA_PRIVATE: [&str; 6] = ["D", "P", "Q", "DP", "DQ", "InverseQ"];

/// What an XML document holds of a private key: in one of its texts, or as .NET writes one.
pub(in crate::submission) fn find_in_xml(element: &xml::Element) -> Option<Recognised> {
    element
        .texts()
        .iter()
        .find_map(|text| find(text.as_bytes()))
        .or_else(|| has_private_numbers(element).then(|| certain("an XML key value")))
}

/// An element whose children are the numbers of a private key: of RSA, or of DSA (`X`, beside the
/// generator `G`).
fn has_private_numbers(element: &xml::Element) -> bool {
    let has = |name: &str| element.named(name).next().is_some();
    (has("Modulus") && RSA_PRIVATE.iter().any(|name| has(name)))
        || (has("G") && has("X"))
        || element.elements.iter().any(has_private_numbers)
}

fn certain(format: &'static str) -> Recognised {
    Recognised { format, holds: Holds::Key }
}
