//! A scenario before it is said on which terms it is run.

use standpipe_core::tls::{Provider, Version};
use standpipe_tests::harness::{Condition, Run, Scenario, Securing, Terms, Upgrading, Verdict};

/// A scenario that is run under each of its versions and by each provider.
#[derive(Clone, Copy)]
pub(super) struct Case {
    name: &'static str,
    versions: &'static [Version],
    under: &'static [Condition],
    body: Body,
}

#[derive(Clone, Copy)]
enum Body {
    Secured(fn(&dyn Securing, Terms) -> Verdict),
    Upgraded(fn(&dyn Upgrading, Terms) -> Verdict),
}

const PROVIDERS: [Provider; 2] = [Provider::Ring, Provider::AwsLcRs];

/// What a scenario has to put up with where much depends on it.
pub(super) const MANY: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

/// A scenario of secured streams.
pub(super) const fn secured(name: &'static str, run: fn(&dyn Securing, Terms) -> Verdict) -> Case {
    Case { name, versions: &[Version::Tls12, Version::Tls13], under: &[], body: Body::Secured(run) }
}

/// A scenario of streams that begin or end in plain text.
pub(super) const fn upgraded(name: &'static str, run: fn(&dyn Upgrading, Terms) -> Verdict) -> Case {
    Case { name, versions: &[Version::Tls12, Version::Tls13], under: &[], body: Body::Upgraded(run) }
}

impl Case {
    /// The same, of what one version alone has.
    pub(super) const fn only(self, versions: &'static [Version]) -> Self {
        Self { versions, ..self }
    }

    /// The same, under these conditions as well.
    pub(super) const fn under(self, under: &'static [Condition]) -> Self {
        Self { under, ..self }
    }

    /// One scenario for all the terms.
    pub(super) fn scenarios(&self) -> impl Iterator<Item = Scenario> {
        let each =
            |version: &'static Version| PROVIDERS.map(|provider| Terms { version: *version, provider });
        self.versions.iter().flat_map(each).map(|terms| self.on(terms))
    }

    fn on(&self, terms: Terms) -> Scenario {
        let run = match self.body {
            Body::Secured(run) => Run::Secured(terms, run),
            Body::Upgraded(run) => Run::Upgraded(terms, run),
        };
        Scenario { area: "secured", name: self.name, under: self.under, leaves: false, run }
    }
}
