//! Joins matching pairs to clusters, best first, and refuses what would bring contradicting people together.
//!
//! Union-find under constraints: each edge is fine by itself, but a chain of fine edges may end at two people who are
//! not one. Before two clusters become one, every pair across them is examined. It knows ranks and edges, no model.

/// Clusters of people numbered by rank of identity.
pub struct Clusters {
    /// The smallest rank of a person's cluster.
    root: Vec<u32>,
    /// The next member of the cluster, in a ring.
    next: Vec<u32>,
}

impl Clusters {
    /// Everyone for himself.
    pub fn new(count: usize) -> Self {
        let ranks: Vec<u32> = (0..count as u32).collect();
        Self { root: ranks.clone(), next: ranks }
    }

    /// The smallest rank of the cluster.
    pub fn root(&self, rank: u32) -> u32 {
        self.root[rank as usize]
    }

    /// The members of the cluster, from `rank` on.
    pub fn members(&self, rank: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = Some(rank);
        std::iter::from_fn(move || {
            let member = at?;
            let next = self.next[member as usize];
            at = (next != rank).then_some(next);
            Some(member)
        })
    }

    /// Joins without asking: for those who say the same in everything.
    pub fn join(&mut self, left: u32, right: u32) {
        let (low, high) = (self.root(left).min(self.root(right)), self.root(left).max(self.root(right)));
        if low == high {
            return;
        }
        let mut at = high;
        loop {
            self.root[at as usize] = low;
            at = self.next[at as usize];
            if at == high {
                break;
            }
        }
        self.next.swap(low as usize, high as usize);
    }

    /// Joins the clusters of both unless `objection` finds a pair across them that must stay apart; says whether they were two.
    pub fn try_join(
        &mut self,
        left: u32,
        right: u32,
        objection: impl Fn(u32, u32) -> Option<&'static str>,
    ) -> Result<bool, &'static str> {
        if self.root(left) == self.root(right) {
            return Ok(false);
        }
        for a in self.members(left) {
            for b in self.members(right) {
                if let Some(reason) = objection(a.min(b), a.max(b)) {
                    return Err(reason);
                }
            }
        }
        self.join(left, right);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_across_an_objection_is_refused_and_others_go_on() {
        let mut clusters = Clusters::new(5);
        let objection = |a, b| ((a, b) == (0, 3)).then_some("no");
        assert_eq!(clusters.try_join(0, 1, objection), Ok(true));
        assert_eq!(clusters.try_join(1, 0, objection), Ok(false));
        assert_eq!(clusters.try_join(3, 2, objection), Ok(true));
        assert_eq!(clusters.try_join(1, 2, objection), Err("no"));
        assert_eq!(clusters.try_join(4, 1, objection), Ok(true));
        assert_eq!((0..5).map(|rank| clusters.root(rank)).collect::<Vec<_>>(), [0, 0, 2, 2, 0]);
        let mut members: Vec<u32> = clusters.members(4).collect();
        members.sort_unstable();
        assert_eq!(members, [0, 1, 4]);
    }
}
