//! Variables: `${name}` in a statement stands for a configuration value, as in Spark's SQL.

use crate::conf::Conf;

/// Prefixes that Spark allows before a name (`${spark:name}`).
const PREFIXES: [&str; 4] = ["spark:", "sparkconf:", "hivevar:", "hiveconf:"];

/// The statement with its variables replaced. A name that has no value stays as it is written
/// (`spark.sql.variable.substitute`).
pub(super) fn substitute(text: &str, conf: &Conf) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let value = after.split_once('}').and_then(|(name, behind)| {
            let plain = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
            Some((conf.get(plain.unwrap_or(name))?, behind))
        });
        match value {
            Some((value, behind)) => {
                out.push_str(&value);
                rest = behind;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_their_values_and_unknown_ones_for_themselves() {
        let conf = Conf::default();
        conf.set("dir", "/data");
        let cases = [
            ("SELECT 1", "SELECT 1"),
            ("'${dir}/a' '${spark:dir}'", "'/data/a' '/data'"),
            ("${unknown} ${dir}", "${unknown} /data"),
            ("${dir", "${dir"),
        ];
        for (text, expected) in cases {
            assert_eq!(substitute(text, &conf), expected);
        }
    }
}
