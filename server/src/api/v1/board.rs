//! `/api/v1/datasets/{dataset}/board` and `…/votes`: what came of the arena.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_curation::{
    agreement::agreement,
    preferences::{GameResult, Preference, standings},
};
use vasari_storage::{
    arena_votes::CountedVote,
    comparisons::{Outcome, Vote},
    jobs::ImageSelection,
};

use super::{
    arena::chosen,
    datasets::{checked, reading},
    list_images::ListImages,
    page::{Page, PageQueryParams, nothing_there},
    search_params::SearchParams,
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// So that the same votes make the same intervals.
const SEED: u64 = 1;

/// Sources by what people preferred.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardResponse {
    /// The best first.
    pub(crate) sources: Vec<StandingResponse>,
    /// How many votes count, those that were skipped left out.
    pub(crate) votes: usize,
    /// From how many people.
    pub(crate) voters: usize,
    /// How far people agree who were asked about the same two captions; null where nobody was.
    pub(crate) agreement: Option<AgreementResponse>,
}

/// Where a source stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingResponse {
    /// The source's name.
    pub(crate) source: String,
    /// Of Bradley and Terry's model: 1000 for one like the others, 400 more means preferred ten times as often.
    pub(crate) score: f64,
    /// The score's 95 % interval, from drawing the votes anew: its lower end.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
    /// How often it was compared.
    pub(crate) comparisons: u64,
    /// How often it was preferred; a tie is half a time.
    pub(crate) wins: f64,
}

/// How far people agree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementResponse {
    /// How many pairs of captions at least two people voted on.
    pub(crate) comparisons: usize,
    /// Of two people, how often they said the same, 0 to 1.
    pub(crate) observed: f64,
    /// Krippendorff's alpha: 1 where all agree, 0 as by chance; null where all always say the same one thing.
    pub(crate) alpha: Option<f64>,
}

/// A vote.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoteResponse {
    comparison: Uuid,
    image: Uuid,
    file_name: String,
    left_source: String,
    left_text: String,
    right_source: String,
    right_text: String,
    /// `left`, `right`, `tie`, `both_bad` or `skipped`.
    #[schema(value_type = crate::api::names::OutcomeName)]
    outcome: Outcome,
    /// Who voted; null where their account is gone.
    voter: Option<Uuid>,
    /// What they are called, for who is signed in.
    voter_name: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    voted_at: OffsetDateTime,
}

impl From<Vote> for VoteResponse {
    fn from(vote: Vote) -> Self {
        Self {
            comparison: vote.comparison,
            image: vote.image,
            file_name: vote.file_name,
            left_source: vote.left,
            left_text: vote.left_text,
            right_source: vote.right,
            right_text: vote.right_text,
            outcome: vote.outcome,
            voter: vote.voter,
            voter_name: vote.voter_name,
            voted_at: vote.voted_at,
        }
    }
}

/// Rank the sources
///
/// By the votes of the arena about these pictures, with Bradley and Terry's model.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/board", tag = "Arena",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("q" = Option<String>, Query, description = "Only votes about pictures that this search finds"),
        ("source" = Option<String>, Query, description = "Only about pictures with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only about pictures without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only about pictures with a caption in this state"),
    ),
    responses((status = 200, description = "The sources", body = BoardResponse), AccountErrors),
)]
pub(crate) async fn get_board(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    list: ListImages,
    search: SearchParams,
) -> Result<Json<BoardResponse>, Problem> {
    let images = ImageSelection {
        query: search.query.map(|query| query.to_string()),
        source: list.filter.has_source,
        missing: list.filter.lacks_source,
        status: list.filter.status,
        images: None,
    };
    Ok(Json(rank(&state, identity.as_ref(), &slug, &images).await?))
}

/// The board of these pictures.
pub(crate) async fn rank(
    state: &AppState,
    identity: Option<&Identity>,
    slug: &str,
    images: &ImageSelection,
) -> Result<BoardResponse, Problem> {
    let reader = reading(identity)?;
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    let among = chosen(state, &database, &reader, slug, images).await?;
    let votes = database.count_votes(&reader, slug, &images.filter(), among.as_deref()).await?;
    let votes = votes.ok_or_else(nothing_there)?;
    Ok(count_board(votes).await)
}

/// The board of these votes. Drawing them anew takes the processor a while.
pub(crate) async fn count_board(votes: Vec<CountedVote>) -> BoardResponse {
    let board = tokio::task::spawn_blocking(move || board_of(&votes)).await;
    board.expect("votes can be counted. This is a bug.")
}

fn board_of(votes: &[CountedVote]) -> BoardResponse {
    let names: BTreeSet<&str> = votes.iter().flat_map(|vote| [vote.left.as_str(), vote.right.as_str()]).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let place = |name: &str| names.binary_search(&name).expect("every name is in it. This is a bug.");
    let preferences: Vec<_> = votes
        .iter()
        .map(|vote| Preference { one: place(&vote.left), other: place(&vote.right), result: result_of(vote.outcome) })
        .collect();
    let rows = names.iter().zip(standings(names.len(), &preferences, SEED));
    let mut sources: Vec<_> = rows
        .map(|(name, standing)| StandingResponse {
            source: (*name).to_owned(),
            score: standing.score,
            low: standing.low,
            high: standing.high,
            comparisons: standing.games,
            wins: standing.wins,
        })
        .collect();
    sources.sort_by(|one, other| other.score.total_cmp(&one.score));
    // Whoever saw the two the other way round said the same with another word.
    let mut questions: BTreeMap<(Uuid, &str, &str), Vec<Outcome>> = BTreeMap::new();
    for vote in votes.iter().filter(|vote| vote.voter.is_some()) {
        let is_turned = vote.left > vote.right;
        let (first, second) = if is_turned { (&vote.right, &vote.left) } else { (&vote.left, &vote.right) };
        let outcome = match (vote.outcome, is_turned) {
            (Outcome::Left, true) => Outcome::Right,
            (Outcome::Right, true) => Outcome::Left,
            (outcome, _) => outcome,
        };
        questions.entry((vote.image, first, second)).or_default().push(outcome);
    }
    let found = agreement(questions.into_values());
    BoardResponse {
        sources,
        votes: votes.len(),
        voters: votes.iter().filter_map(|vote| vote.voter).collect::<BTreeSet<_>>().len(),
        agreement: found.map(|found| AgreementResponse {
            comparisons: found.questions,
            observed: found.observed,
            alpha: found.alpha,
        }),
    }
}

fn result_of(outcome: Outcome) -> GameResult {
    match outcome {
        Outcome::Left => GameResult::Won,
        Outcome::Right => GameResult::Lost,
        Outcome::Tie | Outcome::BothBad | Outcome::Skipped => GameResult::Tied,
    }
}

/// List votes
///
/// The newest first, with the texts as they were: for whoever counts them in another way.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/votes", tag = "Arena",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of votes", body = Page<VoteResponse>), AccountErrors),
)]
pub(crate) async fn list_votes(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    params: PageQueryParams,
) -> Result<Json<Page<VoteResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let (database, before) = (state.storage.database()?, params.id_cursor()?);
    let votes = database.list_votes(&reader, checked(&slug)?, before, params.rows()).await?;
    Ok(Json(params.page(votes.ok_or_else(nothing_there)?, |vote: &Vote| vote.comparison.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(image: u128, left: &str, right: &str, outcome: Outcome, voter: u128) -> CountedVote {
        let (image, voter) = (Uuid::from_u128(image), Some(Uuid::from_u128(voter)));
        CountedVote { image, left: left.into(), right: right.into(), outcome, voter }
    }

    #[test]
    fn sides_don_t_matter_to_who_agrees() {
        let votes = [
            vote(1, "a", "b", Outcome::Left, 1),
            vote(1, "b", "a", Outcome::Right, 2),
            vote(2, "a", "b", Outcome::Right, 1),
            vote(2, "a", "b", Outcome::Right, 2),
            vote(3, "a", "b", Outcome::Left, 1),
        ];
        let board = board_of(&votes);
        let agreement = board.agreement.unwrap();
        assert_eq!((agreement.comparisons, agreement.observed, agreement.alpha), (2, 1.0, Some(1.0)));
        assert_eq!((board.votes, board.voters), (5, 2));
        assert_eq!(board.sources.iter().map(|row| row.wins).collect::<Vec<_>>(), [3.0, 2.0]);
        assert_eq!(board.sources[0].source, "a");
        assert!(board_of(&[]).sources.is_empty());
    }
}
