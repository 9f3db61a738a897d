//! The unit of a measurement, where the column's name or the size of its values tells it.

use crate::profile::ColumnProfile;

/// A unit (UCUM), or nothing where two are possible.
pub fn unit_of(code: &str, known: &str, column: &ColumnProfile) -> String {
    if !known.is_empty() {
        return known.to_owned();
    }
    let name = column.name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let by_name = match code {
        "8310-5" if ends(&["_f", " f", "(f)", "°f"]) => "[degF]",
        "8310-5" if ends(&["_c", " c", "(c)", "°c"]) => "Cel",
        "29463-7" if ends(&["lb", "lbs"]) => "[lb_av]",
        "29463-7" if ends(&["kg"]) => "kg",
        "8302-2" if ends(&["_in", " in", "inches", "(in)"]) => "[in_i]",
        "8302-2" if ends(&["cm"]) => "cm",
        _ => "",
    };
    if !by_name.is_empty() {
        return by_name.to_owned();
    }
    // Nobody has 60 degrees Celsius; grown-ups are neither 60 centimetres nor 150 inches tall. Weights can be either.
    let typical = typical(column);
    match (code, typical) {
        ("8310-5", Some(value)) if (80.0..=115.0).contains(&value) => "[degF]",
        ("8310-5", Some(value)) if (30.0..=45.0).contains(&value) => "Cel",
        ("8302-2", Some(value)) if value > 100.0 => "cm",
        ("8302-2", Some(value)) if value < 80.0 && value > 20.0 => "[in_i]",
        ("9843-4", Some(value)) if (28.0..=65.0).contains(&value) => "cm",
        ("9843-4", Some(value)) if (10.0..=24.0).contains(&value) => "[in_i]",
        ("8280-0", Some(value)) if value > 62.0 => "cm",
        ("8280-0", Some(value)) if value < 45.0 && value > 15.0 => "[in_i]",
        _ => "",
    }
    .to_owned()
}

/// The middle of the few values that are known, by how often they are there.
fn typical(column: &ColumnProfile) -> Option<f64> {
    let mut values: Vec<(f64, u64)> =
        column.values.iter().filter_map(|(text, count)| Some((text.parse().ok()?, *count))).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, count)| count).sum::<u64>() / 2;
    let mut seen = 0;
    values.into_iter().find_map(|(value, count)| {
        seen += count;
        (seen > half).then_some(value)
    })
}
