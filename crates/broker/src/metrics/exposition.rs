//! Prometheus' text format, version 0.0.4: families of samples with labels.

use std::fmt::Write;

/// How a family's samples change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only up, from zero at the start.
    Counter,
    /// Up and down.
    Gauge,
}

/// The text of a response, to which families are added.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
}

impl Exposition {
    /// Adds a family: its help, which is one line, and its samples, each with its labels.
    pub(super) fn family<'a>(
        &mut self,
        name: &str,
        kind: Kind,
        help: &str,
        samples: impl IntoIterator<Item = (&'a [(&'a str, &'a str)], f64)>,
    ) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        self.put(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        for (labels, value) in samples {
            self.put(format_args!("{name}"));
            for (place, (label, text)) in labels.iter().enumerate() {
                let opening = if place == 0 { '{' } else { ',' };
                self.put(format_args!("{opening}{label}=\"{}\"", escaped(text)));
            }
            if !labels.is_empty() {
                self.put(format_args!("}}"));
            }
            self.put(format_args!(" {value}\n"));
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        self.text
            .write_fmt(what)
            .unwrap_or_else(|_| unreachable!("a string takes everything"));
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_help_type_and_samples() {
        let mut exposition = Exposition::default();
        let labels: [(&str, &str); 2] = [("directory", "/a\"\\\n"), ("state", "idle")];
        let none: &[(&str, &str)] = &[];
        exposition.family("a_total", Kind::Counter, "Things.", [(&labels[..], 3.0)]);
        exposition.family("b", Kind::Gauge, "A part.", [(none, 0.25)]);
        assert_eq!(
            exposition.into_text(),
            "# HELP a_total Things.\n\
             # TYPE a_total counter\n\
             a_total{directory=\"/a\\\"\\\\\\n\",state=\"idle\"} 3\n\
             # HELP b A part.\n\
             # TYPE b gauge\n\
             b 0.25\n"
        );
    }
}
