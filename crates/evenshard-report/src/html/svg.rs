//! Charts as inline SVG that keeps the size of its text at any width: heights are pixels,
//! widths are shares of the plot.

use std::fmt::{self, Display, Write as _};

use askama::filters::{Escaper, Html, HtmlSafe};

/// The side of a text that is at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// The side that keeps a text at this share of the width within it.
    pub(super) fn inward(x: f64) -> Self {
        if x < 0.5 { Self::Start } else { Self::End }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A chart in words, for readers who do not see it.
#[derive(Debug)]
pub(super) struct About<'t> {
    /// Its own name on the page.
    pub(super) id: &'t str,
    pub(super) title: &'t str,
    pub(super) description: &'t str,
}

/// A chart, written from back to front.
#[derive(Debug)]
pub(super) struct Svg(String);

impl Svg {
    /// An empty chart. The style sheet gives each kind its margins, into which names reach.
    pub(super) fn new(kind: &str, height: f64, about: &About<'_>) -> Self {
        // Screen readers find title and description by their ids.
        let id = about.id;
        let mut svg = Self(format!(
            "<div class=\"plot {kind}\"><svg class=\"chart\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" width=\"100%\" height=\"{}\">",
            Px(height)
        ));
        let _ = write!(svg.0, "<title id=\"{id}-title\">");
        svg.escaped(about.title);
        let _ = write!(svg.0, "</title><desc id=\"{id}-desc\">");
        svg.escaped(about.description);
        svg.0.push_str("</desc>");
        svg
    }

    /// The whole chart.
    pub(super) fn end(mut self) -> Self {
        self.0.push_str("</svg></div>");
        self
    }

    /// A box from `x` on, with a tip.
    pub(super) fn rect(
        &mut self,
        class: &str,
        x: f64,
        width: f64,
        (y, height): (f64, f64),
        tip: &str,
    ) {
        let (x, y, width, height) = (Share(x), Px(y), Share(width), Px(height));
        let place = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
        self.element("rect", class, &place, tip);
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (Share(from.0), Px(from.1), Share(to.0), Px(to.1));
        let place = format!("x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"");
        self.element("line", class, &place, "");
    }

    /// A point, with a tip.
    pub(super) fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64, tip: &str) {
        let place = format!("cx=\"{}\" cy=\"{}\" r=\"{}\"", Share(x), Px(y), Px(radius));
        self.element("circle", class, &place, tip);
    }

    /// A line through points, or an area between them.
    pub(super) fn path(&mut self, class: &str, height: f64, points: &[(f64, f64)]) {
        let height = Px(height);
        let _ = write!(
            self.0,
            "<svg viewBox=\"0 0 1000 {height}\" preserveAspectRatio=\"none\" width=\"100%\" height=\"{height}\"><path class=\"{class}\" d=\""
        );
        for (at, (x, y)) in points.iter().enumerate() {
            // The path has units of its own: a share of the width cannot be written into `d`.
            let mark = if at == 0 { 'M' } else { 'L' };
            let _ = write!(self.0, "{mark}{} {}", Px(x * 1_000.0), Px(*y));
        }
        self.0.push_str("\"/></svg>");
    }

    /// A text at a share of the width, moved by pixels.
    pub(super) fn text(
        &mut self,
        class: &str,
        (x, dx): (f64, f64),
        y: f64,
        anchor: Anchor,
        text: &str,
    ) {
        let (x, dx, y, anchor) = (Share(x), Px(dx), Px(y), anchor.name());
        let place = format!("x=\"{x}\" dx=\"{dx}\" y=\"{y}\" text-anchor=\"{anchor}\"");
        let _ = write!(self.0, "<text class=\"{class}\" {place}>");
        self.escaped(text);
        self.0.push_str("</text>");
    }

    /// An element, with a tip if there is one.
    fn element(&mut self, name: &str, class: &str, place: &str, tip: &str) {
        let _ = write!(self.0, "<{name} class=\"{class}\" {place}>");
        if !tip.is_empty() {
            self.0.push_str("<title>");
            self.escaped(tip);
            self.0.push_str("</title>");
        }
        let _ = write!(self.0, "</{name}>");
    }

    fn escaped(&mut self, text: &str) {
        // A string takes all that is written to it.
        let _ = Html.write_escaped_str(&mut self.0, text);
    }
}

impl Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every text in it was escaped when it was written.
impl HtmlSafe for Svg {}

/// A share of the width.
struct Share(f64);

impl Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Px(self.0 * 100.0))
    }
}

/// A length with at most two decimals.
struct Px(f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `+ 0.0` makes a zero of a negative one.
        write!(f, "{}", (self.0 * 100.0).round() / 100.0 + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{About, Anchor, Svg};

    #[test]
    fn every_text_of_a_chart_is_escaped() {
        let bad = "</title><script>\"'&";
        let about = About {
            id: "x",
            title: bad,
            description: bad,
        };
        let mut svg = Svg::new("x", 10.0, &about);
        svg.rect("a", 0.0, 1.0 / 3.0, (0.0, 1.0), bad);
        svg.dot("a", (-0.0, 1.0), 2.0, bad);
        svg.text("a", (0.5, 0.0), 1.0, Anchor::Middle, bad);
        let markup = svg.end().to_string();
        assert!(!markup.contains("<script") && !markup.contains("\"'&<"));
        assert_eq!(markup.matches("&#60;script&#62;").count(), 5, "{markup}");
        assert!(markup.contains("width=\"33.33%\"") && markup.contains("cx=\"0%\""));
    }
}
