//! Generated JUnit reports: the shape of a large pytest suite, from a fixed seed.

use std::fmt::Write as _;

/// The size of a generated report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The number of test cases.
    pub cases: u64,
    /// Bytes of captured output in each tenth case; 0 for a plain report.
    pub body: usize,
}

/// Numbers from a seed (`SplitMix64`, by Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit
    }
}

/// A report of that shape, as pytest would write it: 20 cases a class, 40 a file, some
/// parameters, one failure in fifty, times with a heavy tail.
pub fn pytest(shape: Shape) -> String {
    let mut random = Random::new(1);
    let mut out = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites name=\"pytest tests\">",
        "<testsuite name=\"pytest\" errors=\"0\" failures=\"0\" time=\"1.000\" hostname=\"box\">"
    ));
    for n in 0..shape.cases {
        let (file, class) = (n / 40, n / 20 % 2);
        let time = 1_000_000 / (1 + random.below(1_000_000));
        let _ = write!(
            out,
            "<testcase classname=\"tests.unit.package_{}.test_module_{file}.TestThing{class}\" \
             name=\"test_behaviour_{}[{}-param]\" time=\"{}.{:03}\"",
            file / 25,
            n % 20,
            random.below(1_000),
            time / 1_000,
            time % 1_000,
        );
        write_rest(&mut out, &mut random, n, shape.body);
    }
    out.push_str("</testsuite></testsuites>\n");
    out
}

fn write_rest(out: &mut String, random: &mut Random, n: u64, body: usize) {
    let fails = n % 50 == 7;
    let prints = body > 0 && n.is_multiple_of(10);
    if !fails && !prints {
        out.push_str(" />");
        return;
    }
    out.push('>');
    if fails {
        out.push_str("<failure message=\"assert 1 == 2\">def test(): &gt; assert 1 == 2</failure>");
    }
    if prints {
        out.push_str("<system-out>");
        let end = out.len() + body;
        while out.len() < end {
            let _ = writeln!(
                out,
                "2026-01-02 03:04:05 INFO  worker-{} did a thing &amp; went on",
                random.below(99)
            );
        }
        out.push_str("</system-out>");
    }
    out.push_str("</testcase>");
}
