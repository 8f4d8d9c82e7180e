//! How far review is: of the dataset, of each person, and what is assigned to whom.

use leptos::prelude::*;

use crate::address::with_parameters;
use crate::components::local_time::LocalTime;
use crate::part::{Part, rich, view};
use crate::types::{AssignmentData, ReviewProgressData, ReviewerData, Role, Status};
use crate::words;

/// A bar, a table of people, and a list of assignments.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn ReviewProgress(data: ReviewProgressData) -> impl IntoView {
    let grid = data.dataset.address();
    let assign = if data.dataset.role >= Role::Owner { t!("Assign images") } else { t!("Take images") };
    let back = t!("Back to {dataset}", dataset = data.dataset.name);
    view! {
        <main class="board-main">
            <header class="page-head">
                <h1>"Review progress"</h1>
                <a class="button primary-button" href=format!("{grid}/review")>"Review"</a>
                <a class="button quiet-button" href=format!("{grid}/review/assign")>{assign}</a>
                <a class="button quiet-button" href=grid>{back}</a>
            </header>
            {data.done.clone().map(|done| view! { <p class="arena-last" role="status">{done}</p> })}
            {captions(&data)}
            {people(&data.people)}
            {assignments(&data)}
        </main>
    }
}

fn captions(data: &ReviewProgressData) -> Part {
    let (decided, total) = (data.approved + data.rejected, data.submitted + data.approved + data.rejected);
    let words = if total == 0 {
        t!("No caption has been submitted yet.").to_owned()
    } else {
        let share = words::percent((decided as f64 / total as f64) as f32);
        plural!(
            total,
            "{decided} of {n} submitted caption decided: {share}",
            "{decided} of {n} submitted captions decided: {share}",
            decided = words::grouped(decided),
            share = share
        )
    };
    let per = |count: u64| count as f64 / total.max(1) as f64 * 100.0;
    let (approved, rejected) = (per(data.approved), per(data.rejected));
    let state = |status: Status, count: u64| {
        let address = format!("{}?status={}", data.dataset.address(), status.name());
        view! {
            <li>
                <a class="review-count" href=address>
                    <span class="badge status-badge" data-status=status.name()>{status.title()}</span>
                    " "
                    <span class="number">{words::grouped(count)}</span>
                </a>
            </li>
        }
    };
    view! {
        <section class="card review-share" aria-labelledby="captions-title">
            <h2 id="captions-title">"Captions"</h2>
            <p class="number">{words}</p>
            <svg class="review-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="review-approved" x="0" width=format!("{approved:.2}") height="8" />
                <rect class="review-rejected" x=format!("{approved:.2}") width=format!("{rejected:.2}") height="8" />
            </svg>
            <ul class="review-counts">
                {state(Status::Submitted, data.submitted)}
                {state(Status::Approved, data.approved)}
                {state(Status::Rejected, data.rejected)}
                {state(Status::Draft, data.draft)}
            </ul>
        </section>
    }
}

fn people(people: &[ReviewerData]) -> Part {
    let rows: Vec<_> = people
        .iter()
        .map(|person| {
            let former = (!person.may_review).then(|| view! { " " <span class="badge">"Reviews no more"</span> });
            view! {
                <tr>
                    <th scope="row">{person.name.clone()} {former}</th>
                    <td class="number">{words::grouped(person.today)}</td>
                    <td class="number">{words::grouped(person.approved + person.rejected)}</td>
                    <td class="number">{words::grouped(person.approved)}</td>
                    <td class="number">{words::grouped(person.rejected)}</td>
                    <td class="number">{words::grouped(person.assigned)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section aria-labelledby="people-title">
            <h2 id="people-title">"People"</h2>
            <div class="table-frame" tabindex="0" role="region" aria-label="Decisions by person">
                <table class="board review-people">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Today (UTC)"</th>
                            <th scope="col">"In all"</th>
                            <th scope="col">"Approved"</th>
                            <th scope="col">"Rejected"</th>
                            <th scope="col">"To look at"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

fn assignments(data: &ReviewProgressData) -> Part {
    let own = format!("{}/review/progress", data.dataset.address());
    let options: Vec<_> = data
        .people
        .iter()
        .map(|person| {
            let is_it = person.name == data.of;
            view! { <option value=person.name.clone() selected=is_it>{person.name.clone()}</option> }
        })
        .collect();
    let next = data.next_cursor.as_ref().map(|cursor| {
        let of = (!data.of.is_empty()).then_some(("of", data.of.as_str()));
        let address = with_parameters(own.clone(), of.into_iter().chain([("cursor", cursor.as_str())]));
        view! { <nav class="pager" aria-label="More"><a class="button" rel="next" href=address>"More assignments"</a></nav> }
    });
    let rows: Vec<_> = data.assignments.iter().map(|assignment| row(assignment, data)).collect();
    let list = if rows.is_empty() {
        view! { <p class="hint">"Nothing is assigned. Reviewers get what waits in turns."</p> }
    } else {
        view! { <ul class="review-assigned">{rows}</ul> }
    };
    let is_own = data.of.eq_ignore_ascii_case(&data.own_name);
    let all = (!data.assignments.is_empty() && (data.dataset.role >= Role::Owner || is_own)).then(|| {
        let words = if data.of.is_empty() {
            t!("Take all back").to_owned()
        } else {
            t!("Take all of {person} back", person = data.of)
        };
        take_back(data, None, words)
    });
    view! {
        <section class="review-assignments" aria-labelledby="assigned-title">
            <h2 id="assigned-title">"Assigned images"</h2>
            <div class="review-filter">
                <form method="get" action=own.clone()>
                    <label class="compare-choice">
                        "Of"
                        <select name="of">
                            <option value="">"Everybody"</option>
                            {options}
                        </select>
                    </label>
                    <button class="button" type="submit">"Show"</button>
                </form>
                {all}
            </div>
            {list}
            {next}
        </section>
    }
}

fn row(assignment: &AssignmentData, data: &ReviewProgressData) -> Part {
    let AssignmentData { image, file_name, reviewer, assigned_by, assigned_at, is_waiting } = assignment.clone();
    let address = format!("{}/images/{image}", data.dataset.address());
    let may_end = data.dataset.role >= Role::Owner || reviewer == data.own_name;
    let end = may_end.then(|| take_back(data, Some(assignment), t!("Take back").to_owned()));
    let time = view! { <LocalTime at=assigned_at /> };
    let since = match assigned_by {
        Some(name) => rich!("by {name}, {time}", name = name, time = time),
        None => time,
    };
    let ahead = (!is_waiting).then(|| view! { <span class="badge">"Nothing submitted yet"</span> });
    view! {
        <li>
            <a href=address>{file_name}</a>
            <span><b>{reviewer}</b> <span class="hint">" " {since}</span> " " {ahead}</span>
            {end}
        </li>
    }
}

/// A button that takes one picture back, or all of those that are shown.
fn take_back(data: &ReviewProgressData, assignment: Option<&AssignmentData>, words: String) -> Part {
    let action = format!("{}/review/unassign", data.dataset.address());
    let of = assignment.map_or(data.of.clone(), |assignment| assignment.reviewer.clone());
    let label = assignment.map(|assignment| t!("Take back {image}", image = assignment.file_name));
    let image = assignment.map(|assignment| {
        view! { <input type="hidden" name="image" value=assignment.image.clone() /> }
    });
    view! {
        <form method="post" action=action>
            <input type="hidden" name="of" value=of />
            {image}
            <button class="button quiet-button" type="submit" aria-label=label>{words}</button>
        </form>
    }
}
