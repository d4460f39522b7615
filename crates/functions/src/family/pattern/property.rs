//! Java's classes `\p{..}`.

use super::java::Flags;

/// The class of this name as text that stands inside of a class and outside; none if there is no such class.
pub(super) fn property(name: &str, is_negated: bool, flags: Flags) -> Option<String> {
    let sign = if is_negated { "^" } else { "" };
    if let Some(ranges) = ranges(name, flags) {
        return Some(format!("[{sign}{ranges}]"));
    }
    let text = format!("[{sign}\\p{{{}}}]", unicode(name)?);
    // Names of scripts and categories are many: the crate knows them.
    regex::Regex::new(&text).is_ok().then_some(text)
}

/// The classes of POSIX, which have ASCII characters only, and blocks.
fn ranges(name: &str, flags: Flags) -> Option<&'static str> {
    Some(match name {
        // As in Java, both cases match if the case does not matter.
        "Lower" | "Upper" if flags.ignores_case => "a-zA-Z",
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => r"!-/:-@\[-`{-~",
        "Graph" => "!-~",
        "Print" => r"\x20-~",
        "Blank" => r"\x20\t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => r"\x20\t\n\x0B\x0C\r",
        "L1" => r"\x00-\x{FF}",
        "all" => r"\x00-\x{10FFFF}",
        "javaWhitespace" => {
            r"\t-\r\x1C-\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}\x{2028}\x{2029}\x{205F}\x{3000}"
        }
        _ => {
            let block = name
                .strip_prefix("In")
                .or_else(|| name.strip_prefix("block="))
                .or_else(|| name.strip_prefix("blk="))?;
            let block: String = block
                .chars()
                .filter(|c| !matches!(c, ' ' | '_' | '-'))
                .map(|c| c.to_ascii_lowercase())
                .collect();
            let found = BLOCKS.iter().find(|(name, _)| *name == block);
            return found.map(|(_, ranges)| *ranges);
        }
    })
}

/// The blocks that people write patterns for.
const BLOCKS: &[(&str, &str)] = &[
    ("basiclatin", r"\x00-\x7F"),
    ("latin1supplement", r"\x{80}-\x{FF}"),
    ("latinextendeda", r"\x{100}-\x{17F}"),
    ("latinextendedb", r"\x{180}-\x{24F}"),
    ("ipaextensions", r"\x{250}-\x{2AF}"),
    ("combiningdiacriticalmarks", r"\x{300}-\x{36F}"),
    ("greek", r"\x{370}-\x{3FF}"),
    ("greekandcoptic", r"\x{370}-\x{3FF}"),
    ("cyrillic", r"\x{400}-\x{4FF}"),
    ("armenian", r"\x{530}-\x{58F}"),
    ("hebrew", r"\x{590}-\x{5FF}"),
    ("arabic", r"\x{600}-\x{6FF}"),
    ("devanagari", r"\x{900}-\x{97F}"),
    ("thai", r"\x{E00}-\x{E7F}"),
    ("georgian", r"\x{10A0}-\x{10FF}"),
    ("hanguljamo", r"\x{1100}-\x{11FF}"),
    ("latinextendedadditional", r"\x{1E00}-\x{1EFF}"),
    ("greekextended", r"\x{1F00}-\x{1FFF}"),
    ("generalpunctuation", r"\x{2000}-\x{206F}"),
    ("currencysymbols", r"\x{20A0}-\x{20CF}"),
    ("letterlikesymbols", r"\x{2100}-\x{214F}"),
    ("arrows", r"\x{2190}-\x{21FF}"),
    ("mathematicaloperators", r"\x{2200}-\x{22FF}"),
    ("boxdrawing", r"\x{2500}-\x{257F}"),
    ("cjksymbolsandpunctuation", r"\x{3000}-\x{303F}"),
    ("hiragana", r"\x{3040}-\x{309F}"),
    ("katakana", r"\x{30A0}-\x{30FF}"),
    ("cjkunifiedideographsextensiona", r"\x{3400}-\x{4DBF}"),
    ("cjkunifiedideographs", r"\x{4E00}-\x{9FFF}"),
    ("hangulsyllables", r"\x{AC00}-\x{D7AF}"),
    ("halfwidthandfullwidthforms", r"\x{FF00}-\x{FFEF}"),
    ("emoticons", r"\x{1F600}-\x{1F64F}"),
];

/// The name that Unicode has for a class.
fn unicode(name: &str) -> Option<String> {
    let own = match name {
        "javaLowerCase" => "Lowercase",
        "javaUpperCase" => "Uppercase",
        "javaAlphabetic" => "Alphabetic",
        "javaLetter" => "L",
        "javaDigit" => "Nd",
        "javaTitleCase" => "Lt",
        "javaIdeographic" => "Ideographic",
        "javaSpaceChar" => "Z",
        "LC" => "LC",
        _ => "",
    };
    if !own.is_empty() {
        return Some(own.to_owned());
    }
    if let Some((key, value)) = name.split_once('=') {
        return match key.to_ascii_lowercase().as_str() {
            "script" | "sc" => Some(format!("Script={value}")),
            "general_category" | "gc" => category(value),
            _ => None,
        };
    }
    match name.strip_prefix("Is") {
        Some(rest) => Some(match rest.to_ascii_uppercase().as_str() {
            "ALPHABETIC" => "Alphabetic".to_owned(),
            "LETTER" => "L".to_owned(),
            "IDEOGRAPHIC" => "Ideographic".to_owned(),
            "LOWERCASE" => "Lowercase".to_owned(),
            "UPPERCASE" => "Uppercase".to_owned(),
            "TITLECASE" => "Lt".to_owned(),
            "WHITE_SPACE" | "WHITESPACE" => "White_Space".to_owned(),
            "PUNCTUATION" => "P".to_owned(),
            "CONTROL" => "Cc".to_owned(),
            "DIGIT" => "Nd".to_owned(),
            "HEX_DIGIT" | "HEXDIGIT" => "Hex_Digit".to_owned(),
            "JOIN_CONTROL" | "JOINCONTROL" => "Join_Control".to_owned(),
            _ => match category(rest) {
                Some(category) => category,
                None => format!("Script={rest}"),
            },
        }),
        None => category(name),
    }
}

/// A general category: one or two letters.
fn category(name: &str) -> Option<String> {
    const CATEGORIES: &str = "L Lu Ll Lt Lm Lo M Mn Me Mc N Nd Nl No P Pd Ps Pe Pc Po Pi Pf S Sm Sc Sk So Z Zs Zl Zp C Cc \
                              Cf Co Cn";
    CATEGORIES
        .split(' ')
        .find(|category| *category == name)
        .map(str::to_owned)
}
