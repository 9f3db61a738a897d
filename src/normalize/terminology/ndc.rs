//! National Drug Codes: labeler, product and package, ten digits in three forms (21 CFR 207.33), eleven in the one that claims use.

/// How a text can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ndc {
    /// Its eleven digits, 5-4-2 without hyphens.
    Eleven(String),
    /// Labeler and product, without a package: `0002-1433`.
    Product,
    /// Ten digits without hyphens: nothing says which part is the short one.
    Ambiguous,
    /// No code.
    Neither,
}

/// Reads a code in any of its forms. An asterisk stands for the zero that some lists put in.
pub fn read(text: &str) -> Ndc {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*');
    if !parts.iter().all(|part| digits(part)) {
        return Ndc::Neither;
    }
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    match (lengths.as_slice(), parts.as_slice()) {
        ([5, 4, 2] | [4, 4, 2] | [5, 3, 2] | [5, 4, 1], [labeler, product, package]) => {
            Ndc::Eleven(format!("{labeler:0>5}{product:0>4}{package:0>2}").replace('*', "0"))
        }
        ([4, 4] | [5, 3] | [5, 4], _) => Ndc::Product,
        ([11], [all]) => Ndc::Eleven(all.replace('*', "0")),
        ([10], _) => Ndc::Ambiguous,
        _ => Ndc::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let eleven = |digits: &str| Ndc::Eleven(digits.into());
        for (text, expected) in [
            ("0002-1433-80", eleven("00002143380")),
            ("00002-1433-80", eleven("00002143380")),
            ("50090-347-01", eleven("50090034701")),
            ("50090-3471-1", eleven("50090347101")),
            ("00002143380", eleven("00002143380")),
            ("*0002-1433-80", eleven("00002143380")),
            ("0002-1433", Ndc::Product),
            ("0002143380", Ndc::Ambiguous),
            ("2143380", Ndc::Neither),
            ("0002-14-80", Ndc::Neither),
            ("aspirin", Ndc::Neither),
            ("", Ndc::Neither),
            ("0002-1433-", Ndc::Neither),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
