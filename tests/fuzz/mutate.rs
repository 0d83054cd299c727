//! Changes to the bytes of something valid: what transport, programs and attackers do to it.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change; places are shares of whatever length there is.
#[derive(Clone, Debug)]
pub enum Edit {
    Flip(Index, u8),
    Set(Index, u8),
    Cut(Index, usize),
    End(Index),
    Duplicate(Index, usize, usize),
    Insert(Index, &'static [u8]),
    /// A piece of another seed.
    Splice(Index, Index, Index, usize),
}

/// Pieces that parsers stumble over: ends, quotes, marks, numbers at their limits.
const SPECIAL: [&[u8]; 44] = [
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b" ",
    b",",
    b";",
    b"|",
    b"\"",
    b"\"\"",
    b"'",
    b"=",
    b"+",
    b"@",
    b"-",
    b"/",
    b"\\",
    b"..",
    b":",
    b"#",
    b"?",
    b"&",
    b"%00",
    b"%",
    b"<",
    b">",
    b"]]>",
    b"&lt",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"1e309",
    b"-1",
    b"99999999999999999999",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"\xed\xa0\x80",
    b"\xc3",
];

fn edit(special: &'static [&'static [u8]]) -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        2 => (at(), 1..40_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        1 => at().prop_map(Edit::End),
        2 => (at(), 1..40_usize, 1..60_usize).prop_map(|(a, n, times)| Edit::Duplicate(a, n, times)),
        4 => (at(), prop::sample::select(special)).prop_map(|(at, new)| Edit::Insert(at, new)),
        2 => (at(), at(), at(), 1..60_usize)
            .prop_map(|(to, seed, from, length)| Edit::Splice(to, seed, from, length)),
    ]
}

/// Changes as strategies make them, with pieces of `special` put in.
pub fn edits_with(special: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(edit(special), 0..7)
}

/// Changes to any kind of bytes.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    edits_with(&SPECIAL)
}

/// Applies changes one after the other; `seeds` are what is spliced in.
pub fn apply(mut bytes: Vec<u8>, edits: &[Edit], seeds: &[impl AsRef<[u8]>]) -> Vec<u8> {
    for edit in edits {
        one(&mut bytes, edit, seeds);
    }
    bytes
}

fn one(bytes: &mut Vec<u8>, edit: &Edit, seeds: &[impl AsRef<[u8]>]) {
    let place = |at: &Index| at.index(bytes.len() + 1);
    match edit {
        Edit::Flip(..) | Edit::Set(..) if bytes.is_empty() => {}
        Edit::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        Edit::Set(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Edit::Cut(at, length) => {
            let at = place(at);
            bytes.drain(at..bytes.len().min(at + length));
        }
        Edit::End(at) => bytes.truncate(place(at)),
        Edit::Duplicate(at, length, times) => {
            let at = place(at);
            let piece = bytes[at..bytes.len().min(at + length)].repeat(*times);
            bytes.splice(at..at, piece);
        }
        Edit::Insert(at, new) => {
            let at = place(at);
            bytes.splice(at..at, new.iter().copied());
        }
        Edit::Splice(to, seed, from, length) => {
            let (to, seed) = (place(to), seed.get(seeds).as_ref());
            let from = from.index(seed.len() + 1);
            let piece = seed[from..seed.len().min(from + length)].to_vec();
            bytes.splice(to..to, piece);
        }
    }
}

/// One of these, changed.
pub fn mutated(seeds: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(seeds), edits())
        .prop_map(|(seed, edits)| apply(seed.to_vec(), &edits, seeds))
}

/// One of these texts, changed; broken characters become replacement characters.
pub fn mutated_text(seeds: &'static [&'static str]) -> impl Strategy<Value = String> {
    (prop::sample::select(seeds), edits()).prop_map(|(seed, edits)| {
        let bytes = apply(seed.as_bytes().to_vec(), &edits, seeds);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
