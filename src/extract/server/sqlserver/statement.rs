//! Where a statement of T-SQL has its last SELECT: what stands before it (`WITH ...`) may not be put into brackets with it.

/// The byte at which the SELECT begins that gives the rows: 0, or behind common table expressions and semicolons.
pub(super) fn select_starts(sql: &str) -> usize {
    let mut is_first = true;
    let mut depth = 0usize;
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        let Some(next) = rest.chars().next() else { break };
        let length = match next {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '\'' => closed(rest, '\''),
            '"' => closed(rest, '"'),
            '[' => closed(rest, ']'),
            '(' => {
                depth += 1;
                1
            }
            ')' => {
                depth = depth.saturating_sub(1);
                1
            }
            _ if is_word(next) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let word = &rest[..length];
                if is_first && !word.eq_ignore_ascii_case("with") {
                    return if sql[..at].contains(';') { at } else { 0 };
                } else if is_first {
                    is_first = false;
                } else if depth == 0 && word.eq_ignore_ascii_case("select") {
                    return at;
                }
                length
            }
            other => other.len_utf8(),
        };
        at += length;
    }
    0
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '$')
}

/// The length of what is in quotes, in which a doubled one is one.
fn closed(text: &str, end: char) -> usize {
    let mut signs = text.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if sign != end {
            continue;
        }
        match signs.peek() {
            Some((_, next)) if *next == end => {
                signs.next();
            }
            _ => return at + sign.len_utf8(),
        }
    }
    text.len()
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, select: &str) {
        assert_eq!(select_starts(&format!("{before}{select}")), before.len(), "{before}|{select}");
    }

    #[test]
    fn a_select_is_found_behind_what_it_builds_on() {
        check("", "SELECT a FROM b");
        check("", "-- with\nSELECT a FROM b WHERE c IN (SELECT d FROM e)");
        check("", "/* with /* nested */ select */ SELECT 1 AS a UNION SELECT 2");
        check("WITH x AS (SELECT 1 AS a) ", "SELECT a FROM x");
        check("with x (a) as (select 1), y as (select ')' as [sel]]ect)] from x) ", "select a from y");
        check("\n;WITH x AS (\n-- select (\nSELECT 'it''s (' AS \"sel\"\"ect\" /* ( */)\n", "SELECT a FROM x");
        check(";\n", "SELECT 1 AS a");
        check("", "");
        check("", "DELETE FROM b");
        check("", "WITH x AS (SELECT 1");
        check("", "SELECT 'öffnet nicht");
    }
}
