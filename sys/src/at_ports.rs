//! What stands behind each port: [`AtPorts`].

use std::slice;

use crate::End;

/// A place for each port, from the first on. Most machines have one, and there is one of those for each idle connection: it
/// takes no memory of its own.
#[derive(Debug)]
pub(crate) enum AtPorts {
    One(Option<End>),
    Many(Vec<Option<End>>),
}

impl Default for AtPorts {
    fn default() -> Self {
        Self::One(None)
    }
}

impl AtPorts {
    pub(crate) fn put(&mut self, index: usize, end: End) {
        self.grow(index + 1);
        if let Some(place) = self.get_mut(index) {
            *place = Some(end);
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&End> {
        self.as_slice().get(index)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Option<End>> {
        match self {
            Self::One(one) => slice::from_mut(one).get_mut(index),
            Self::Many(many) => many.get_mut(index),
        }
    }

    pub(crate) fn two_mut(&mut self, one: usize, other: usize) -> Option<[&mut Option<End>; 2]> {
        match self {
            Self::One(_) => None,
            Self::Many(many) => many.get_disjoint_mut([one, other]).ok(),
        }
    }

    pub(crate) fn as_slice(&self) -> &[Option<End>] {
        match self {
            Self::One(one) => slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Option<End>> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }

    fn grow(&mut self, len: usize) {
        if self.as_slice().len() < len {
            let mut many = std::mem::take(self).into_vec();
            many.reserve_exact(len - many.len());
            many.resize_with(len, || None);
            *self = Self::Many(many);
        }
    }
}
