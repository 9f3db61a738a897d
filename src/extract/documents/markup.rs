//! The text between the tags of HTML and XML. It is no parser: unclosed and wrong tags are taken as they come, as browsers
//! do. What the text is about is not known.

/// Elements whose content is not to be read.
const SILENT: [&str; 4] = ["script", "style", "title", "template"];

/// Elements that do not end a line of HTML.
const INLINE: &str = " a abbr b bdi bdo big cite code del dfn em font i img input ins kbd label mark o:p q s samp script select small \
    span strike strong style sub sup template textarea title tt u var wbr ";

/// Those of narrative in clinical documents (CDA R2, narrative block). All others stand for themselves.
const INLINE_XML: &str = " content sub sup linkhtml footnoteref rendermultimedia ";

pub fn text_of_html(source: &str) -> String {
    Writer { text: String::new(), is_pre: false, inline: INLINE }.read(source, true)
}

pub fn text_of_xml(source: &str) -> String {
    Writer { text: String::new(), is_pre: false, inline: INLINE_XML }.read(source, false)
}

/// CDA R2, data type ED: `<text mediaType="application/pdf" representation="B64">`.
fn is_base64(tag: &str) -> bool {
    let value = tag.split_once("representation").and_then(|(_, behind)| behind.trim_start().strip_prefix('='));
    value.is_some_and(|value| value.trim_start().get(1..).is_some_and(|value| value.starts_with("B64")))
}

struct Writer {
    text: String,
    /// Blanks and line ends count as they are.
    is_pre: bool,
    inline: &'static str,
}

impl Writer {
    fn read(mut self, source: &str, is_html: bool) -> String {
        let mut rest = source;
        while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
            self.write(&rest[..open]);
            rest = &rest[open..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
                continue;
            }
            if let Some(plain) = rest.strip_prefix("<![CDATA[") {
                let (data, behind) = plain.split_once("]]>").unwrap_or((plain, ""));
                self.write_plain(data);
                rest = behind;
                continue;
            }
            // A smaller-than sign is no tag: `T < 38 °C`.
            if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
                self.write_plain("<");
                rest = &rest[1..];
                continue;
            }
            let end = tag_end(rest);
            let tag = &rest[1..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            let name: String = tag
                .trim_start_matches('/')
                .chars()
                .take_while(|c| !c.is_whitespace() && !matches!(c, '/' | '>'))
                .take(32)
                .collect::<String>()
                .to_lowercase();
            self.tag(&name, tag.starts_with('/'));
            // Bytes within a clinical document are no text.
            let is_packed = !is_html && !tag.ends_with('/') && is_base64(tag);
            if (is_packed || is_html && SILENT.contains(&name.as_str())) && !tag.starts_with('/') {
                rest = behind_element(rest, &name);
            }
        }
        self.write(rest);
        self.text
    }

    fn tag(&mut self, name: &str, is_end: bool) {
        match name {
            "td" | "th" => {
                if is_end {
                    self.end_cell();
                }
            }
            "pre" => {
                self.is_pre = !is_end;
                self.end_line();
            }
            "br" => {
                self.trim_blanks();
                self.text.push('\n');
            }
            name if self.inline.contains(&format!(" {name} ")) => {}
            _ => self.end_line(),
        }
    }

    fn end_line(&mut self) {
        self.trim_blanks();
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// What ended lines within a cell does not end its row.
    fn end_cell(&mut self) {
        let kept = self.text.trim_end_matches([' ', '\n']).len();
        self.text.truncate(kept);
        self.text.push('\t');
    }

    fn trim_blanks(&mut self) {
        self.text.truncate(self.text.trim_end_matches([' ', '\t']).len());
    }

    fn write(&mut self, source: &str) {
        let mut rest = source;
        while let Some(start) = memchr::memchr(b'&', rest.as_bytes()) {
            self.write_plain(&rest[..start]);
            rest = &rest[start..];
            let end = rest.bytes().take(12).position(|b| b == b';');
            match end.and_then(|end| Some((named(&rest[1..end])?, end))) {
                Some((letter, end)) => {
                    self.text.push(letter);
                    rest = &rest[end + 1..];
                }
                None => {
                    self.text.push('&');
                    rest = &rest[1..];
                }
            }
        }
        self.write_plain(rest);
    }

    fn write_plain(&mut self, source: &str) {
        if self.is_pre {
            self.text.push_str(source);
            return;
        }
        for letter in source.chars() {
            if !matches!(letter, ' ' | '\t' | '\r' | '\n') {
                self.text.push(letter);
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\t', '\n']) {
                self.text.push(' ');
            }
        }
    }
}

/// Where a tag ends: at the first `>` outside of quotes, or where the text ends.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            // Only a value is quoted; an apostrophe elsewhere is a mistake of the writer.
            (None, b'"' | b'\'') if tag[..at].ends_with('=') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that is never closed: the tag ends at the next sign all the same.
    tag.find('>').unwrap_or(tag.len())
}

/// What follows the end tag of `name`.
fn behind_element<'a>(source: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(found) = source[from..].find("</") {
        let start = from + found + 2;
        if source.get(start..start + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return source[start..].split_once('>').map_or("", |(_, behind)| behind);
        }
        from = start;
    }
    ""
}

/// The character of an entity: `amp`, `#233`, `#xE9`.
fn named(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    const NAMES: &str = "amp=& lt=< gt=> quot=\" apos=' nbsp=\u{a0} copy=© reg=® deg=° plusmn=± sup2=² sup3=³ micro=µ middot=· frac14=¼ \
        frac12=½ frac34=¾ times=× divide=÷ ndash=– mdash=— lsquo=‘ rsquo=’ sbquo=‚ ldquo=“ rdquo=” bdquo=„ bull=• hellip=… euro=€ \
        trade=™ le=≤ ge=≥ ne=≠ larr=← uarr=↑ rarr=→ darr=↓ alpha=α beta=β gamma=γ mu=μ sect=§ para=¶ laquo=« raquo=» szlig=ß \
        Agrave=À Aacute=Á Acirc= Atilde=à Auml=Ä Aring=Å AElig=Æ Ccedil=Ç Egrave=È Eacute=É Ecirc=Ê Euml=Ë Igrave=Ì Iacute=Í \
        Icirc=Î Iuml=Ï Ntilde=Ñ Ograve=Ò Oacute=Ó Ocirc=Ô Otilde=Õ Ouml=Ö Oslash=Ø Ugrave=Ù Uacute=Ú Ucirc=Û Uuml=Ü agrave=à \
        aacute=á acirc=â atilde=ã auml=ä aring=å aelig=æ ccedil=ç egrave=è eacute=é ecirc=ê euml=ë igrave=ì iacute=í icirc=î \
        iuml=ï ntilde=ñ ograve=ò oacute=ó ocirc=ô otilde=õ ouml=ö oslash=ø ugrave=ù uacute=ú ucirc=û uuml=ü iexcl=¡ iquest=¿ \
        ordf=ª ordm=º cent=¢ pound=£ yen=¥";
    let pairs = NAMES.split(' ').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| *name == entity).and_then(|(_, letter)| letter.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(text_of_html(source).trim_end(), expected, "{source}");
    }

    #[test]
    fn bytes_within_a_document_are_no_text() {
        let text = "<a><title>T</title><n:text mediaType=\"application/pdf\" representation=\"B64\">JVBERi0x</n:text><b>c</b></a>";
        assert_eq!(text_of_xml(text).split_whitespace().collect::<Vec<_>>(), ["T", "c"]);
        assert!(text_of_xml("<text representation='TXT'>words</text>").contains("words"));
        assert!(text_of_xml("<value representation='B64'/><b>c</b>").contains('c'));
    }

    #[test]
    fn tags_of_html_are_stripped() {
        check(
            "<html><head><title>No</title><style>p > a {}</style></head><body><p>A <b>bold</b>\n word<p>B</body>",
            "A bold word\nB",
        );
        check("a<br>b<BR/>c<div>d</div>", "a\nb\nc\nd");
        check("<table><tr><td><p>Na</p></td><td>140</td></tr><tr><td>K<td>4</table>", "Na\t140\nK4");
        check("<pre>a  b\n c</pre>", "a  b\n c");
        check("T &lt; 38 &deg;C &#233;&#xE9; &amp;c &unknown; & x", "T < 38 °C éé &c &unknown; & x");
        check("x < 5 and y > 3", "x < 5 and y > 3");
        check("a<!-- <p>no -->b<script>if (a</b) '</p>'</SCRIPT >c", "abc");
        check("<a title='x > y'>z</a><a title=\"open>w", "zw");
        check("<", "<");
        check("a</", "a");
        check("<!--", "");
        check("<script>", "");
    }

    #[test]
    fn tags_of_xml_end_lines() {
        let source = "<?xml version='1.0'?><a><b>one</b><b>two <content>three</content></b><![CDATA[ 4 < 5 ]]></a>";
        assert_eq!(text_of_xml(source).trim_end(), "one\ntwo three\n4 < 5");
    }
}
