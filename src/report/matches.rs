//! The files of `chartlift match`: `clusters.csv`, `pairs.csv`, `quality.html`. Rows are named by number, from 0; no value of a person.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{ReportError, make_folder, quality_html, whole_file};
use crate::matching::{ScoredPair, Zone, comparison_names};
use crate::pipeline::{MatchedPeople, matching_outcome};

/// The names of the files.
pub const WRITTEN: [&str; 4] = ["clusters.csv", "pairs.csv", "model.json", "quality.html"];

/// Writes the files.
pub fn write_matches(folder: &Path, matched: &MatchedPeople) -> Result<Vec<PathBuf>, ReportError> {
    make_folder(folder)?;
    let clusters = whole_file(folder, "clusters.csv", |file| write_clusters(file, &matched.linkage.cluster))?;
    let linkage = &matched.linkage;
    let pairs = linkage.links.iter().chain(&linkage.reviews).chain(&matched.non_matches);
    let pairs = whole_file(folder, "pairs.csv", |file| write_pairs(file, pairs))?;
    let model = whole_file(folder, "model.json", |file| {
        file.write_all(matched.model.to_json().as_bytes())?;
        file.write_all(b"\n")
    })?;
    let account = matching_outcome(linkage, &matched.model, |row| ("row".into(), row.to_string()));
    let page = quality_html(&account)?;
    let quality = whole_file(folder, "quality.html", |file| file.write_all(page.as_bytes()))?;
    Ok(vec![clusters, pairs, model, quality])
}

/// A cluster is called by its first row.
fn write_clusters(file: &mut dyn Write, cluster: &[usize]) -> std::io::Result<()> {
    let mut first = vec![usize::MAX; cluster.len()];
    for (row, root) in cluster.iter().enumerate() {
        first[*root] = first[*root].min(row);
    }
    file.write_all(b"row,cluster\n")?;
    cluster.iter().enumerate().try_for_each(|(row, root)| writeln!(file, "{row},{}", first[*root]))
}

fn write_pairs<'a>(file: &mut dyn Write, pairs: impl Iterator<Item = &'a ScoredPair>) -> std::io::Result<()> {
    file.write_all(b"row_l,row_r,match_weight,match_probability,decision,reason")?;
    let comparisons = comparison_names();
    comparisons.iter().try_for_each(|name| write!(file, ",{name},{name}_weight"))?;
    file.write_all(b"\n")?;
    for pair in pairs {
        let decision = match pair.zone {
            Zone::Match => "match",
            Zone::Review => "review",
            Zone::NonMatch => "non_match",
        };
        let (left, right) = (pair.left.min(pair.right), pair.left.max(pair.right));
        let reason = pair.veto.or(pair.refused).or(pair.doubt).unwrap_or_default();
        write!(file, "{left},{right},{:.4},{:.6},{decision},{}", pair.weight, pair.probability, quoted(reason))?;
        for name in &comparisons {
            match pair.evidence.iter().find(|evidence| evidence.comparison == *name) {
                Some(evidence) => write!(file, ",{},{:.4}", quoted(evidence.level), evidence.weight)?,
                None => file.write_all(b",,")?,
            }
        }
        file.write_all(b"\n")?;
    }
    Ok(())
}

/// Our own words: a comma is all that may stand in them.
fn quoted(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(',') { format!("\"{text}\"").into() } else { text.into() }
}
