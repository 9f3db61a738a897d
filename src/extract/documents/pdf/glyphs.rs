//! The characters that the glyph names of western fonts stand for (ISO 32000-1, annex D; Adobe Glyph List naming rules).
//! Fonts and their encodings are `font`.

/// Pairs of name and character. A letter's name is the letter itself, which needs no entry.
const NAMED: &str = "\
    AE=Æ Aacute=Á Abreve=Ă Acircumflex=Â Adieresis=Ä Agrave=À Alpha=Α Aogonek=Ą Aring=Å Atilde=Ã Beta=Β Cacute=Ć \
    Ccaron=Č Ccedilla=Ç Chi=Χ Dcaron=Ď Dcroat=Đ Delta=Δ Eacute=É Ecaron=Ě Ecircumflex=Ê Edieresis=Ë Egrave=È \
    Eogonek=Ę Epsilon=Ε Eta=Η Eth=Ð Euro=€ Gamma=Γ Iacute=Í Icircumflex=Î Idieresis=Ï Igrave=Ì Iota=Ι \
    Iotadieresis=Ϊ Kappa=Κ Lacute=Ĺ Lambda=Λ Lcaron=Ľ Lslash=Ł Mu=Μ Nacute=Ń Ncaron=Ň Ntilde=Ñ Nu=Ν OE=Œ Oacute=Ó \
    Ocircumflex=Ô Odieresis=Ö Ograve=Ò Ohungarumlaut=Ő Omicron=Ο Oslash=Ø Otilde=Õ Phi=Φ Pi=Π Psi=Ψ Racute=Ŕ \
    Rcaron=Ř Rho=Ρ Sacute=Ś Scaron=Š Scedilla=Ş Sigma=Σ Tau=Τ Tcaron=Ť Theta=Θ Thorn=Þ Uacute=Ú Ucircumflex=Û \
    Udieresis=Ü Ugrave=Ù Uhungarumlaut=Ű Upsilon=Υ Upsilondieresis=Ϋ Uring=Ů Xi=Ξ Yacute=Ý Ydieresis=Ÿ Zacute=Ź \
    Zcaron=Ž Zdotaccent=Ż Zeta=Ζ aacute=á abreve=ă acircumflex=â acute=´ adieresis=ä ae=æ agrave=à alpha=α \
    alphatonos=ά ampersand=& aogonek=ą approxequal=≈ aring=å arrowdown=↓ arrowleft=← arrowright=→ arrowup=↑ \
    asciicircum=^ asciitilde=~ asterisk=* at=@ atilde=ã backslash=\\ bar=| beta=β braceleft={ braceright=} \
    bracketleft=[ bracketright=] breve=˘ brokenbar=¦ bullet=• cacute=ć caron=ˇ ccaron=č ccedilla=ç cedilla=¸ cent=¢ \
    chi=χ circle=○ circumflex=ˆ colon=: comma=, copyright=© currency=¤ dagger=† daggerdbl=‡ dcaron=ď dcroat=đ \
    degree=° delta=δ dieresis=¨ divide=÷ dollar=$ dotaccent=˙ dotlessi=ı eacute=é ecaron=ě ecircumflex=ê \
    edieresis=ë egrave=è eight=8 ellipsis=… emdash=— endash=– eogonek=ę epsilon=ε epsilontonos=έ equal== eta=η \
    etatonos=ή eth=ð exclam=! exclamdown=¡ filledbox=■ five=5 florin=ƒ four=4 fraction=⁄ gamma=γ germandbls=ß \
    grave=` greater=> greaterequal=≥ guillemotleft=« guillemotright=» guilsinglleft=‹ guilsinglright=› \
    hungarumlaut=˝ hyphen=- iacute=í icircumflex=î idieresis=ï igrave=ì infinity=∞ integral=∫ iota=ι iotatonos=ί \
    kappa=κ lacute=ĺ lambda=λ lcaron=ľ less=< lessequal=≤ logicalnot=¬ lozenge=◊ lslash=ł macron=¯ minus=− minute=′ \
    mu=µ multiply=× nacute=ń ncaron=ň nine=9 notequal=≠ ntilde=ñ nu=ν numbersign=# oacute=ó ocircumflex=ô \
    odieresis=ö oe=œ ogonek=˛ ograve=ò ohungarumlaut=ő omega=ω omicron=ο one=1 onehalf=½ onequarter=¼ ordfeminine=ª \
    ordmasculine=º oslash=ø otilde=õ paragraph=¶ parenleft=( parenright=) partialdiff=∂ percent=% period=. \
    periodcentered=· perthousand=‰ phi=φ pi=π plus=+ plusminus=± product=∏ psi=ψ question=? questiondown=¿ \
    quotedbl=\" quotedblbase=„ quotedblleft=“ quotedblright=” quoteleft=‘ quoteright=’ quotesinglbase=‚ \
    quotesingle=' racute=ŕ radical=√ rcaron=ř registered=® rho=ρ ring=˚ sacute=ś scaron=š scedilla=ş second=″ \
    section=§ semicolon=; seven=7 sigma=σ sigma1=ς six=6 slash=/ sterling=£ summation=∑ tau=τ tcaron=ť theta=θ \
    thorn=þ three=3 threequarters=¾ tilde=˜ trademark=™ two=2 uacute=ú ucircumflex=û udieresis=ü ugrave=ù \
    uhungarumlaut=ű underscore=_ upsilon=υ upsilondieresistonos=ΰ uring=ů xi=ξ yacute=ý ydieresis=ÿ yen=¥ zacute=ź \
    zcaron=ž zdotaccent=ż zero=0 zeta=ζ ff=ﬀ fi=ﬁ fl=ﬂ ffi=ﬃ ffl=ﬄ hyphenminus=- sfthyphen=- Omega=Ω";

/// The character of a glyph name, if the name says one: `eacute`, `A`, `uni00E9`, `u1F600`, `a.alt`.
pub fn character(name: &str) -> Option<char> {
    let name = name.split_once('.').map_or(name, |(stem, _)| stem);
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(letter);
    }
    if name == "space" || name == "nbspace" {
        return Some(' ');
    }
    let hex = name.strip_prefix("uni").filter(|hex| hex.len() == 4).or_else(|| name.strip_prefix('u'));
    if let Some(hex) = hex.filter(|hex| (4..=6).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    }
    NAMED.split(' ').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name)?.1.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<char>) {
        assert_eq!(character(name), expected, "{name}");
    }

    #[test]
    fn names_say_characters() {
        check("A", Some('A'));
        check("eacute", Some('é'));
        check("equal", Some('='));
        check("backslash", Some('\\'));
        check("quotedbl", Some('"'));
        check("ffi", Some('ﬃ'));
        check("uni20AC", Some('€'));
        check("u1F600", Some('😀'));
        check("a.alt", Some('a'));
        check("space", Some(' '));
        check("uniD800", None);
        check("g17", None);
        check("", None);
        check(".notdef", None);
    }
}
