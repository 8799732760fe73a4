//! What a search needs to know of the byte strings it looks for: [`Patterns`].

/// The state in which nothing of a pattern is matched.
pub(super) const ROOT: usize = 0;

/// Byte strings, as a tree of their prefixes. A *node* is one of these prefixes.
pub(super) trait Patterns {
    /// Where in the input a pattern may begin first.
    fn first(&self, input: &[u8]) -> Option<usize>;
    /// The node that is `node` and the byte after it.
    fn child(&self, node: usize, byte: u8) -> Option<usize>;
    /// The pattern that has matched at this node, if no byte that follows could change that.
    fn decided(&self, node: usize) -> Option<usize>;
    /// How long the prefix is.
    fn depth(&self, node: usize) -> usize;
    /// A pattern that begins with the prefix.
    fn pattern(&self, node: usize) -> usize;
    /// What follows when the byte after the prefix is none that a child has.
    fn death(&self, node: usize) -> Death;
}

/// What becomes of a prefix that did not grow into a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Death {
    /// It was data, up to the longest end of it that is a prefix again: this one.
    Fall(usize),
    /// It holds matches: a list tells them.
    Outputs,
}
