//! How much of each operation goes through: [`Readiness`].

/// Decides how many bytes each operation moves; none means that it would block although more could be moved.
///
/// It lets something through infinitely often, whatever is asked in whatever order, so that a run that stands still has
/// only itself to blame.
#[derive(Clone, Debug)]
pub struct Readiness {
    kind: Kind,
    withheld: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Whole,
    Random { state: u64, most: usize },
}

impl Readiness {
    /// Everything goes through at once.
    pub const fn whole() -> Self {
        Self { kind: Kind::Whole, withheld: false }
    }

    /// Any sizes, small ones often, a quarter of them blocked.
    pub const fn random(seed: u64) -> Self {
        Self::at_most(usize::MAX, seed)
    }

    /// One byte at a time, a quarter of them blocked.
    pub const fn byte_by_byte(seed: u64) -> Self {
        Self::at_most(1, seed)
    }

    const fn at_most(most: usize, seed: u64) -> Self {
        Self { kind: Kind::Random { state: seed, most }, withheld: false }
    }

    /// How many of `wanted` bytes may be moved now.
    pub fn grant(&mut self, wanted: usize) -> usize {
        match &mut self.kind {
            Kind::Whole => wanted,
            Kind::Random { state, most } => {
                let size = random_size(next(state), wanted).min(*most);
                self.withheld |= size == 0;
                size.min(wanted)
            }
        }
    }

    /// Whether an operation that has no size may be done now.
    pub fn permits(&mut self) -> bool {
        self.grant(1) > 0
    }

    /// Whether something was withheld since the last call, which therefore is ready now.
    pub fn take_withheld(&mut self) -> bool {
        std::mem::take(&mut self.withheld)
    }
}

fn random_size(random: u64, wanted: usize) -> usize {
    let fraction = (random >> 8) as usize;
    match random % 4 {
        0 => 0,
        1 => 1 + fraction % 4,
        2 => 1 + fraction % wanted.max(1),
        _ => wanted,
    }
}

/// The splitmix64 generator: every state is good, none is a dead end.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
