//! The closing table of a run, as plain text.

use crate::pipeline::{RunOutcome, StreamOutcome, UNCLAIMED};

/// A number with thousands separators.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its word.
pub fn counted(number: u64, one: &str, several: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { several })
}

const HEADS: [&str; 10] =
    ["stream", "read", "loaded", "updated", "unchanged", "linked", "duplicate", "quarantined", "archived", "balanced"];

/// Per stream, read against every fate; columns without any number are left out. Then people, issues and the verdict.
pub fn closing_table(outcome: &RunOutcome) -> String {
    let mut rows: Vec<[u64; 8]> = outcome
        .streams
        .iter()
        .map(|s| {
            let t = &s.totals;
            [t.read, t.loaded, t.updated, t.unchanged, t.linked, t.duplicate, t.quarantined, t.archived]
        })
        .collect();
    let mut sum = [0u64; 8];
    for row in &rows {
        sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
    }
    rows.push(sum);
    // Streams that no pack claims are called after their files, which may bear patients' names; the report has them.
    let shown_name =
        |(index, stream): (usize, &StreamOutcome)| match stream.archive_reason.as_deref() == Some(UNCLAIMED) {
            true => format!("(table {})", index + 1),
            false => stream.stream.replace(char::is_control, "·"),
        };
    let names: Vec<String> = outcome.streams.iter().enumerate().map(shown_name).chain(["all".into()]).collect();
    let balanced: Vec<bool> = outcome.streams.iter().map(|s| s.balanced).chain([outcome.balanced]).collect();
    let shown: Vec<usize> = (0..8).filter(|column| *column == 0 || sum[*column] > 0).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(6).max(6);
    let width = |column: usize| HEADS[column + 1].len().max(grouped(sum[column]).len());
    let mut text = format!("{:name_width$}", HEADS[0]);
    for column in &shown {
        text.push_str(&format!("  {:>1$}", HEADS[*column + 1], width(*column)));
    }
    text.push_str(&format!("  {}\n", HEADS[9]));
    for ((name, row), balanced) in names.iter().zip(&rows).zip(balanced) {
        text.push_str(&format!("{name:name_width$}"));
        for column in &shown {
            let number = if row[*column] == 0 { "-".to_owned() } else { grouped(row[*column]) };
            text.push_str(&format!("  {number:>0$}", width(*column)));
        }
        text.push_str(if balanced { "  yes\n" } else { "  NO\n" });
    }
    text.push('\n');
    let people = &outcome.patients;
    text.push_str(&format!(
        "patients: {} people from {} registrations; {} pairs to review\n",
        grouped(people.patients),
        grouped(people.identities),
        grouped(people.review)
    ));
    if people.moved > 0 {
        text.push_str(&format!(
            "{} registrations known before belong to another patient now, with all that is filed under them\n",
            grouped(people.moved)
        ));
    }
    let erased: u64 = outcome.streams.iter().map(|stream| stream.totals.erased).sum();
    if erased > 0 {
        text.push_str(&format!(
            "{} records of people who were erased from the store were passed over; nothing of them is kept\n",
            grouped(erased)
        ));
    }
    let issues: u64 = outcome.issues.iter().map(|issue| issue.count).sum();
    if issues > 0 {
        let mut by_code = std::collections::BTreeMap::<&str, u64>::new();
        outcome.issues.iter().for_each(|issue| *by_code.entry(&issue.code).or_default() += issue.count);
        let parts: Vec<String> = by_code.iter().map(|(code, count)| format!("{code} {}", grouped(*count))).collect();
        text.push_str(&format!("issues: {}\n", parts.join(", ")));
    }
    if outcome.run.dry_run {
        text.push_str(&coverage(outcome));
    }
    for discrepancy in &outcome.discrepancies {
        text.push_str(&format!("difference: {discrepancy}\n"));
    }
    let rows_per_second = if outcome.run.seconds > 0.0 { sum[0] as f64 / outcome.run.seconds } else { 0.0 };
    let verdict = if outcome.balanced { "the books balance" } else { "THE BOOKS DO NOT BALANCE" };
    text.push_str(&format!(
        "{verdict}: {} records read in {:.1} s ({} rows/s), connector {}{}\n",
        grouped(sum[0]),
        outcome.run.seconds,
        grouped(rows_per_second as u64),
        outcome.run.connector.0.join(", "),
        if outcome.run.dry_run { "; dry run, nothing was kept" } else { "" }
    ));
    text
}

/// Columns and issues that are told by name.
const MOST_TOLD: usize = 12;

/// How much of the source the connector explains, what is to go, and where each issue is met first.
fn coverage(outcome: &RunOutcome) -> String {
    let (mut all, mut to_go) = (0, 0);
    let mut columns: Vec<(u64, String)> = Vec::new();
    for (index, stream) in outcome.streams.iter().enumerate() {
        all += stream.totals.cells.non_empty;
        let reason = stream.archive_reason.as_deref();
        let is_unknown = reason == Some(UNCLAIMED);
        // A whole stream that is kept for a reason is explained.
        let is_kept = reason.is_some_and(|reason| !is_unknown && !reason.starts_with("TODO"));
        for column in stream.columns.iter().filter(|_| !is_kept) {
            let open = column.cells.kept + column.cells.failed + column.cells.quarantined;
            to_go += open;
            if column.cells.kept > 0 && !is_unknown {
                columns.push((column.cells.kept, format!("{}.{}", stream.stream, column.column)));
            } else if column.cells.kept > 0 && columns.iter().all(|(_, name)| *name != format!("(table {})", index + 1))
            {
                columns.push((stream.totals.cells.kept, format!("(table {})", index + 1)));
            }
        }
    }
    let share = if all == 0 { 1.0 } else { (all - to_go.min(all)) as f64 / all as f64 };
    // What is not all is never shown as all.
    let percent = if to_go > 0 { (share * 1000.0).floor().min(999.0) / 10.0 } else { 100.0 };
    let mut text = format!("cells explained {percent:.1}%, {} to go\n", grouped(to_go));
    columns.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let more = columns.len().saturating_sub(MOST_TOLD);
    for (count, name) in columns.into_iter().take(MOST_TOLD) {
        text.push_str(&format!("  {name}: {} kept\n", grouped(count)));
    }
    if more > 0 {
        text.push_str(&format!("  and {}\n", counted(more as u64, "more column", "more columns")));
    }
    let is_unknown = |name: &str| {
        let mut streams = outcome.streams.iter();
        streams.any(|stream| stream.stream == name && stream.archive_reason.as_deref() == Some(UNCLAIMED))
    };
    for issue in outcome.issues.iter().filter(|issue| !is_unknown(&issue.stream)).take(MOST_TOLD) {
        let rows: Vec<String> = issue.rows.iter().take(3).map(|row| grouped(*row)).collect();
        let column = if issue.column.is_empty() { String::new() } else { format!(".{}", issue.column) };
        text.push_str(&format!(
            "  {} {} in {}{column}: row {}{}\n",
            issue.code,
            grouped(issue.count),
            issue.stream,
            rows.join(", "),
            issue.shapes.first().map(|shape| format!(", like {shape}")).unwrap_or_default()
        ));
    }
    let more = outcome.issues.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        text.push_str(&format!("  and {}; report.json has all\n", counted(more as u64, "more issue", "more issues")));
    }
    text.replace(|c: char| c.is_control() && c != '\n', "·")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
