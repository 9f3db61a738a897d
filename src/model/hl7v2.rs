//! Tables of HL7 v2 on which whoever takes messages apart and whoever reads what they say must agree (HL7 v2.8 chapter 2C).

/// Which of a person's names somebody goes by, the least first (table 0200): the legal one, then whatever is none of those at birth, an alias, a
/// nickname, bad, made up or unknown, then these.
pub fn name_rank(kind: &str) -> u8 {
    match kind.trim() {
        "L" => 0,
        "M" | "B" | "A" | "N" | "BAD" | "S" | "U" | "P" | "NB" => 2,
        _ => 1,
    }
}

/// By which of a person's numbers the sender knows the person, the least first (table 0203); none for numbers that others gave.
pub fn number_rank(kind: &str) -> Option<u8> {
    match kind.trim().to_ascii_uppercase().as_str() {
        "MR" => Some(0),
        "PI" => Some(1),
        "PT" => Some(2),
        "SS" | "DL" | "PPN" | "MC" | "MA" | "MB" | "AN" | "VN" | "NPI" | "PRN" | "BC" | "CZ" => None,
        _ => Some(3),
    }
}

/// Whether an order's control code ends or holds it (table 0119).
pub fn ends_order(control: &str) -> bool {
    const ENDS: [&str; 14] = ["CA", "OC", "CR", "UA", "DC", "OD", "DR", "RP", "RU", "RQ", "HD", "OH", "HR", "DE"];
    ENDS.contains(&control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_practices_own_comes_first() {
        let least = |kinds: &[&'static str]| kinds.iter().copied().min_by_key(|kind| name_rank(kind));
        assert_eq!(least(&["M", "D", "L"]), Some("L"));
        assert_eq!(least(&["M", "", "D"]), Some(""));
        assert_eq!((number_rank("mr"), number_rank("SS"), number_rank("")), (Some(0), None, Some(3)));
    }
}
