//! Tables as bars, in SVG: [`svg`].

use std::fmt::Write;

use super::figures::{Bar, Drawn, Panel};
use crate::figure::short;

/// In pixels, as are all that follow.
const WIDTH: usize = 960;
const TITLE: usize = 34;
const UNIT: usize = 24;
const ROW: usize = 22;
const GAP: usize = 12;
/// Names end here and bars begin.
const NAMES: usize = 380;
/// What the longest bar has, beside the figure to its right.
const BARS: f64 = 480.0;

/// The colours of both schemes, and the only place that names any.
const STYLE: &str = "<style>
text { font: 13px sans-serif; fill: #222 }
.title { font-weight: bold } .unit { fill: #666 } .name { text-anchor: end }
.limit { fill: #9a9a9a } .ours { fill: #2f7fc1 } .peer { fill: #d9a35b } .spread { stroke: #444; stroke-width: 1.5 }
.ground { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .unit { fill: #999 } .spread { stroke: #ccc } .ground { fill: #181818 }
}
</style>";

/// These tables below one another. A bar is a median, the line over it goes from the least to the most.
pub(super) fn svg(tables: &[Drawn]) -> String {
    let height: usize = GAP + tables.iter().map(Drawn::height).sum::<usize>();
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\">\n{STYLE}\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n"
    );
    let mut top = 0;
    for table in tables {
        table.draw(&mut picture, top);
        top += table.height();
    }
    picture += "</svg>\n";
    picture
}

impl Drawn {
    fn height(&self) -> usize {
        TITLE + self.panels.iter().map(Panel::height).sum::<usize>()
    }

    fn draw(&self, picture: &mut String, top: usize) {
        text(picture, "title", (GAP, top + TITLE - 10), &self.title);
        let mut top = top + TITLE;
        for panel in &self.panels {
            panel.draw(picture, top);
            top += panel.height();
        }
    }
}

impl Panel {
    fn height(&self) -> usize {
        UNIT + ROW * self.bars.len() + GAP
    }

    fn draw(&self, picture: &mut String, top: usize) {
        text(picture, "unit", (NAMES, top + UNIT - 8), &self.unit);
        let most = self.bars.iter().map(|bar| bar.most).fold(f64::MIN_POSITIVE, f64::max);
        for (index, bar) in self.bars.iter().enumerate() {
            bar.draw(picture, top + UNIT + ROW * index, BARS / most);
        }
    }
}

impl Bar {
    fn draw(&self, picture: &mut String, top: usize, scale: f64) {
        let (middle, baseline) = (top + ROW / 2, top + ROW / 2 + 5);
        let [least, median, most] = [self.least, self.median, self.most].map(|value| value * scale);
        let start = NAMES as f64;
        text(picture, "name", (NAMES - 8, baseline), &self.name);
        let _ = writeln!(
            picture,
            "<rect class=\"{}\" x=\"{NAMES}\" y=\"{}\" width=\"{median:.1}\" height=\"{}\"/>\n\
             <path class=\"spread\" d=\"M{:.1} {middle}H{:.1}\"/>",
            self.class(),
            top + 3,
            ROW - 6,
            start + least,
            start + most,
        );
        text(picture, "figure", (NAMES + most as usize + 8, baseline), &short(self.median));
    }

    fn class(&self) -> &'static str {
        match &self.name {
            name if name.contains("standpipe") => "ours",
            name if name.contains("(limit)") => "limit",
            _ => "peer",
        }
    }
}

fn text(picture: &mut String, class: &str, (x, y): (usize, usize), words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(picture, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>");
}
