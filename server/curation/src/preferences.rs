//! Who is preferred, by how much, and how sure that is: the model of Bradley and Terry.
//!
//! Each source has a strength, and one is preferred to another with the probability `one / (one + other)`. The strengths that make the
//! votes likeliest are found by the iteration of D. R. Hunter, "MM algorithms for generalized Bradley–Terry models", The
//! Annals of Statistics 32 (2004), equation 3. A tie counts as half a win for each, as on other public boards.
//!
//! A source that has won every time would have no finite strength, and two groups that never met none that compare. So each
//! source also plays one tie against an opponent of strength 1, which votes soon outweigh.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

/// A vote: which of two sources was preferred. Sources are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Preference {
    /// One of the two.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// How it went for `one`.
    pub result: GameResult,
}

/// How a comparison went for the first of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GameResult {
    /// It was preferred.
    Won,
    /// The other was preferred.
    Lost,
    /// Neither was.
    Tied,
}

/// Where a source stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// 1000 for one like the others; 400 more means preferred ten times as often.
    pub score: f64,
    /// The lower end of the interval that holds the score in 95 of 100 drawings of as many votes.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How often it was compared.
    pub games: u64,
    /// How often it was preferred; a tie is half a time.
    pub wins: f64,
}

/// How often votes are drawn anew for the intervals.
const DRAWINGS: usize = 300;

/// What of the drawings lies outside the interval at each end.
const TAIL: f64 = 0.025;

/// Scores that change by less than this, as natural logarithms, have been found.
const PRECISION: f64 = 1e-9;

/// More rounds than the iteration takes for any votes that people give.
const MOST_ROUNDS: usize = 10_000;

/// Where each of `sources` stands after these votes. The same votes and seed give the same.
pub fn standings(sources: usize, votes: &[Preference], seed: u64) -> Vec<Standing> {
    let table = Table::of(sources, votes.iter().copied());
    let scores = table.scores();
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(DRAWINGS); sources];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    if !votes.is_empty() {
        for _ in 0..DRAWINGS {
            let draw = (0..votes.len()).map(|_| votes[random.random_range(0..votes.len())]);
            for (drawn, score) in drawn.iter_mut().zip(Table::of(sources, draw).scores()) {
                drawn.push(score);
            }
        }
    }
    let place = |(source, score): (usize, f64)| {
        let drawn = &mut drawn[source];
        drawn.sort_by(f64::total_cmp);
        let at =
            |share: f64| drawn.get((share * (drawn.len() as f64 - 1.0)).round() as usize).copied().unwrap_or(score);
        let games = table.games[source].iter().sum::<f64>().round() as u64;
        // Drawings need not hold what was seen; an interval without its own score would puzzle everybody.
        let (low, high) = (at(TAIL).min(score), at(1.0 - TAIL).max(score));
        Standing { score, low, high, games, wins: table.wins[source] }
    };
    scores.into_iter().enumerate().map(place).collect()
}

/// How often who met whom, and who won.
struct Table {
    /// Of each source against each.
    games: Vec<Vec<f64>>,
    /// Of each source, ties as halves.
    wins: Vec<f64>,
}

impl Table {
    fn of(sources: usize, votes: impl Iterator<Item = Preference>) -> Self {
        let mut table = Self { games: vec![vec![0.0; sources]; sources], wins: vec![0.0; sources] };
        for Preference { one, other, result } in votes {
            table.games[one][other] += 1.0;
            table.games[other][one] += 1.0;
            let won = match result {
                GameResult::Won => 1.0,
                GameResult::Tied => 0.5,
                GameResult::Lost => 0.0,
            };
            table.wins[one] += won;
            table.wins[other] += 1.0 - won;
        }
        table
    }

    fn scores(&self) -> Vec<f64> {
        let sources = self.wins.len();
        let mut strengths = vec![1.0_f64; sources];
        for _ in 0..MOST_ROUNDS {
            let next: Vec<f64> = (0..sources)
                .map(|one| {
                    let met = self.games[one].iter().zip(&strengths).filter(|(games, _)| **games > 0.0);
                    let met: f64 = met.map(|(games, other)| games / (strengths[one] + other)).sum();
                    // The tie against an opponent of strength 1.
                    (self.wins[one] + 0.5) / (met + 1.0 / (strengths[one] + 1.0))
                })
                .collect();
            let moved = next.iter().zip(&strengths).map(|(next, last)| (next / last).ln().abs()).fold(0.0, f64::max);
            strengths = next;
            if moved < PRECISION {
                break;
            }
        }
        let mean = strengths.iter().map(|strength| strength.ln()).sum::<f64>() / sources.max(1) as f64;
        strengths.iter().map(|strength| 1000.0 + 400.0 * (strength.ln() - mean) / std::f64::consts::LN_10).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As many votes as that between sources of known scores.
    fn votes_between(scores: &[f64], count: usize, seed: u64) -> Vec<Preference> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let strength = |score: f64| 10_f64.powf((score - 1000.0) / 400.0);
        let vote = |_| {
            let one = random.random_range(0..scores.len());
            let other = (one + random.random_range(1..scores.len())) % scores.len();
            let (here, there) = (strength(scores[one]), strength(scores[other]));
            let won = random.random_range(0.0..1.0) < here / (here + there);
            Preference { one, other, result: if won { GameResult::Won } else { GameResult::Lost } }
        };
        (0..count).map(vote).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn known_strengths_are_recovered(scores in prop::collection::vec(700.0..1300.0_f64, 2..6), seed in any::<u64>()) {
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            let found = standings(scores.len(), &votes_between(&scores, 6000, seed), 1);
            for (standing, score) in found.iter().zip(&scores) {
                let wanted = score - mean + 1000.0;
                // Of 6,000 votes; a score this far off would be three deviations away.
                prop_assert!((standing.score - wanted).abs() < 60.0, "{wanted} became {standing:?}");
                prop_assert!(standing.low <= standing.score && standing.score <= standing.high);
            }
        }

        #[test]
        fn who_stands_first_or_second_does_not_matter(seed in any::<u64>()) {
            let votes = votes_between(&[900.0, 1000.0, 1100.0], 200, seed);
            let turned: Vec<_> = votes.iter().map(|vote| Preference {
                one: vote.other,
                other: vote.one,
                result: match vote.result {
                    GameResult::Won => GameResult::Lost,
                    GameResult::Lost => GameResult::Won,
                    GameResult::Tied => GameResult::Tied,
                },
            }).collect();
            for (one, other) in standings(3, &votes, 1).iter().zip(standings(3, &turned, 1)) {
                prop_assert!((one.score - other.score).abs() < 1e-6, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn two_sources_stand_as_their_odds_say() {
        // 30 wins and a tie of 40: with the tie against the opponent in between, odds of nearly 30.5 to 9.5.
        let vote = |result| Preference { one: 0, other: 1, result };
        let mut votes = vec![vote(GameResult::Won); 300];
        votes.extend(vec![vote(GameResult::Lost); 90]);
        votes.extend(vec![vote(GameResult::Tied); 10]);
        let found = standings(2, &votes, 1);
        let odds = 10_f64.powf((found[0].score - found[1].score) / 400.0);
        assert!((odds - 305.0 / 95.0).abs() < 0.03, "{odds}");
        assert_eq!((found[0].games, found[0].wins), (400, 305.0));
        let width = found[0].high - found[0].low;
        // The deviation of the logarithm of the odds is 1 / sqrt(n p q); half of the difference is the one's.
        let deviation = 400.0 / std::f64::consts::LN_10 / (400.0 * 0.7625 * 0.2375_f64).sqrt() / 2.0;
        assert!((width / (2.0 * 1.96 * deviation) - 1.0).abs() < 0.2, "{width} against {deviation}");
    }

    #[test]
    fn nobody_is_without_a_score() {
        let found = standings(3, &[Preference { one: 0, other: 1, result: GameResult::Won }], 1);
        assert!(found[0].score > found[2].score && found[2].score > found[1].score, "{found:?}");
        assert!(found.iter().all(|standing| standing.score.is_finite()));
        assert_eq!(found[2].games, 0);
        assert!(standings(0, &[], 1).is_empty());
        assert!((standings(2, &[], 1)[0].score - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn votes_make_intervals_narrower() {
        let width = |votes| {
            let found = standings(2, &votes_between(&[950.0, 1050.0], votes, 3), 1);
            found[0].high - found[0].low
        };
        let (few, many) = (width(50), width(5000));
        assert!(many * 5.0 < few, "{many} against {few}");
    }
}
