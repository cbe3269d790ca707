//! Circles between the files and folders of one folder.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::imports::Knowledge;
use crate::module_tree::Crate;

/// Who knows whom among the members of a folder, with the files by which they do. The folder's own file
/// (`mod.rs`, `lib.rs`) is the member without a name.
pub type Folder = BTreeMap<String, BTreeMap<String, (usize, usize)>>;

/// Members of a folder that know each other.
pub struct Circle {
    /// The names of the modules that lead to the folder.
    pub folder: Vec<String>,
    pub members: BTreeSet<String>,
    /// A shortest way round, file by file.
    pub way: Vec<(usize, usize)>,
}

/// What the files know, as knowledge among the members of their nearest common folder.
pub fn folders(of: &Crate, knowledge: &Knowledge) -> BTreeMap<Vec<String>, Folder> {
    let mut folders: BTreeMap<Vec<String>, Folder> = BTreeMap::new();
    for (from, to) in knowledge.keys() {
        let (from_place, to_place) = (&of.files[*from].place, &of.files[*to].place);
        let common = from_place.iter().zip(to_place).take_while(|(from, to)| from == to).count();
        let member = |place: &[String]| place.get(common).cloned().unwrap_or_default();
        let folder = folders.entry(from_place[..common].to_vec()).or_default();
        let known = folder.entry(member(from_place)).or_default();
        known.entry(member(to_place)).or_insert((*from, *to));
    }
    folders
}

/// All circles of a crate. Where there is none among the members of any folder, there is none among the
/// files.
pub fn circles(folders: &BTreeMap<Vec<String>, Folder>) -> Vec<Circle> {
    let mut circles = Vec::new();
    for (folder, members) in folders {
        let mut seen = BTreeSet::new();
        for member in members.keys() {
            let Some(way) = way(members, member, member) else { continue };
            if !seen.insert(member.clone()) {
                continue;
            }
            let around = |other: &&String| {
                self::way(members, member, other).is_some() && self::way(members, other, member).is_some()
            };
            let circle: BTreeSet<_> = members.keys().filter(around).cloned().collect();
            seen.extend(circle.iter().cloned());
            circles.push(Circle { folder: folder.clone(), members: circle, way });
        }
    }
    circles
}

/// A shortest way from one member to another.
fn way(members: &Folder, from: &str, to: &str) -> Option<Vec<(usize, usize)>> {
    let mut ways = VecDeque::from([(from, Vec::new())]);
    let mut seen = BTreeSet::new();
    while let Some((at, way)) = ways.pop_front() {
        for (next, step) in members.get(at).into_iter().flatten() {
            let way = [way.clone(), vec![*step]].concat();
            if next == to {
                return Some(way);
            }
            if seen.insert(next) {
                ways.push_back((next, way));
            }
        }
    }
    None
}
