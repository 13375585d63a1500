//! Ways to damage a DER object.

/// Every bit of `der` flipped, one at a time, or each `step`-th.
pub fn flipped_bits(der: &[u8], step: usize) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..der.len() * 8).step_by(step).map(|bit| {
        let mut damaged = der.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        (bit, damaged)
    })
}

/// `der` cut at each length, or each `step`-th.
pub fn truncated(der: &[u8], step: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..der.len()).step_by(step).map(|length| der[..length].to_vec())
}

/// Each value inside `der` left out, doubled, swapped with the next, and with a NULL and with a number
/// at the end of what it holds; with the lengths around it put right, so that what comes out is still
/// DER.
pub fn rearranged(der: &[u8]) -> Vec<Vec<u8>> {
    let tree = Node::parse(der);
    let mut out = Vec::new();
    for index in 0..tree.count() {
        for change in [Change::Leave, Change::Double, Change::Swap, Change::Null, Change::Number] {
            let mut position = index;
            let mut changed = tree.clone();
            if changed.apply(&mut position, change) {
                let bytes = changed.encode();
                if bytes != der {
                    out.push(bytes);
                }
            }
        }
    }
    out
}

#[derive(Clone, Copy)]
enum Change {
    Leave,
    Double,
    Swap,
    Null,
    Number,
}

#[derive(Clone)]
struct Node {
    tag: u8,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Octets(Vec<u8>),
    Nodes(Vec<Node>),
}

impl Node {
    fn parse(der: &[u8]) -> Self {
        let (node, rest) = Self::take(der).expect("DER");
        assert!(rest.is_empty(), "{} octets after the end", rest.len());
        node
    }

    fn take(der: &[u8]) -> Option<(Self, &[u8])> {
        let (&tag, rest) = der.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let (octets, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            length = octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        let content = if tag & 0x20 == 0 {
            Content::Octets(content.to_vec())
        } else {
            let mut nodes = Vec::new();
            let mut inner = content;
            while !inner.is_empty() {
                let (node, after) = Self::take(inner)?;
                nodes.push(node);
                inner = after;
            }
            Content::Nodes(nodes)
        };
        Some((Self { tag, content }, rest))
    }

    /// How many values lie below this one.
    fn count(&self) -> usize {
        match &self.content {
            Content::Octets(_) => 0,
            Content::Nodes(nodes) => nodes.iter().map(|node| 1 + node.count()).sum(),
        }
    }

    /// Changes the value at `position` in the order of the encoding; false if that changes nothing.
    fn apply(&mut self, position: &mut usize, change: Change) -> bool {
        let Content::Nodes(nodes) = &mut self.content else {
            return false;
        };
        for index in 0..nodes.len() {
            if *position == 0 {
                match change {
                    Change::Leave => drop(nodes.remove(index)),
                    Change::Double => nodes.insert(index, nodes[index].clone()),
                    Change::Swap if index + 1 < nodes.len() => nodes.swap(index, index + 1),
                    Change::Swap => return false,
                    Change::Null => return nodes[index].push(&[5, 0]),
                    Change::Number => return nodes[index].push(&[2, 1, 99]),
                }
                return true;
            }
            *position -= 1;
            let below = nodes[index].count();
            if *position < below {
                return nodes[index].apply(position, change);
            }
            *position -= below;
        }
        false
    }

    /// Puts a value at the end of what it holds; false if it holds none.
    fn push(&mut self, value: &[u8]) -> bool {
        match &mut self.content {
            Content::Octets(_) => false,
            Content::Nodes(nodes) => {
                nodes.push(Self::parse(value));
                true
            }
        }
    }

    fn encode(&self) -> Vec<u8> {
        let content = match &self.content {
            Content::Octets(octets) => octets.clone(),
            Content::Nodes(nodes) => nodes.iter().flat_map(Self::encode).collect(),
        };
        let mut out = vec![self.tag];
        if content.len() < 0x80 {
            out.push(u8::try_from(content.len()).expect("short"));
        } else {
            let length = content.len().to_be_bytes();
            let used: Vec<u8> = length.iter().copied().skip_while(|octet| *octet == 0).collect();
            out.push(0x80 | u8::try_from(used.len()).expect("short"));
            out.extend(used);
        }
        out.extend(content);
        out
    }
}
