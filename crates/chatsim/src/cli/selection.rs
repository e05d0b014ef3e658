//! The options that select scenarios.

use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::Args;
use regex::Regex;

use crate::report::escaped;
use crate::runner::Case;

/// Which scenarios to take: those that match all options.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Selection {
    /// Take only scenarios whose name matches this regular expression.
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Take only scenarios with this tag; if repeated, with any of them.
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Take shard K of N, after filtering.
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
}

impl Selection {
    /// Takes the selected of these scenarios.
    ///
    /// # Errors
    ///
    /// None matches; the error lists the options. A shard may be empty: there may be more shards
    /// than scenarios.
    pub(super) fn select(&self, cases: &[Case]) -> Result<Vec<Case>, String> {
        let matching: Vec<_> = cases.iter().filter(|case| self.matches(case)).collect();
        if matching.is_empty() {
            let (count, wanted) = (cases.len(), self.wanted());
            let wanted = escaped(&wanted);
            return Err(format!("error: of {count} scenarios, none is selected by {wanted}\n"));
        }
        let is_ours = |index| self.shard.is_none_or(|shard| shard.has(index));
        let ours = matching.into_iter().enumerate().filter(|(index, _)| is_ours(*index));
        Ok(ours.map(|(_, case)| case.clone()).collect())
    }

    fn matches(&self, case: &Case) -> bool {
        let tags = &case.scenario.terms.tags;
        self.filter.as_ref().is_none_or(|filter| filter.is_match(&case.location.name))
            && (self.tag.is_empty() || self.tag.iter().any(|tag| tags.contains(tag)))
    }

    fn wanted(&self) -> String {
        let filter = self.filter.as_ref().map(|filter| format!("`--filter {filter}`"));
        let tags = self.tag.iter().map(|tag| format!("`--tag {tag}`"));
        let wanted: Vec<_> = filter.into_iter().chain(tags).collect();
        wanted.join(" and ")
    }
}

/// One of several parts of the scenarios.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Shard {
    part: NonZeroUsize,
    count: NonZeroUsize,
}

impl Shard {
    /// Returns whether the scenario with this number, from 0, belongs to the part.
    fn has(self, index: usize) -> bool {
        index % self.count == self.part.get() - 1
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shard = text.split_once('/').and_then(|(part, count)| {
            Some(Self { part: part.parse().ok()?, count: count.parse().ok()? })
        });
        shard
            .filter(|shard| shard.part <= shard.count)
            .ok_or("write shard and count, e.g. `1/3`, `2/3` and `3/3`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_have_each_scenario_once() {
        let shards = ["1/3", "2/3", "3/3"].map(|text| text.parse::<Shard>().unwrap());
        let owners = |index| shards.iter().filter(|shard| shard.has(index)).count();
        assert!((0..10).all(|index| owners(index) == 1));
        assert_eq!((0..10).filter(|index| shards[0].has(*index)).count(), 4);
    }

    #[test]
    fn shard_is_a_part_of_some() {
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
