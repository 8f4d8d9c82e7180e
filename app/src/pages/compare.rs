//! What several sources say of the same pictures, side by side, with a reference that the others are compared with.

use leptos::prelude::*;

use crate::address::with_parameters;
use crate::components::chips::Chips;
use crate::components::diff;
use crate::part::{Part, view};
use crate::types::{CompareCell, CompareData, CompareRow, DiffMarks, Listing, Role, Status};

/// The table, and the choice of its columns.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn Compare(data: CompareData) -> impl IntoView {
    let grid = data.listing.address(&data.dataset.slug);
    let is_filtered = !data.chips.is_empty();
    let number = data.total.map(|total| plural!(total, "{n} image", "{n} images"));
    let next = data.next_cursor.as_ref().map(|cursor| {
        let address = with_parameters(own_address(&data), [("cursor", cursor.as_str())]);
        view! { <a class="button" rel="next" data-key="n" href=address>"More images"</a> }
    });
    let first = data.cursor.is_some().then(|| {
        view! { <a class="button quiet-button" href=own_address(&data)>"From the start"</a> }
    });
    let content = if let Some(problem) = data.problem.clone() {
        let detail = problem.detail.unwrap_or_default();
        view! { <section class="card problem" role="alert"><h2>{problem.title}</h2><p lang="en">{detail}</p></section> }
    } else if data.columns.is_empty() {
        empty(
            t!("No captions yet"),
            t!("Here stand the captions of several sources side by side, once there are some."),
            &grid,
        )
    } else if data.rows.is_empty() {
        empty(t!("No picture goes through these filters"), t!("There is nothing to compare here."), &grid)
    } else {
        table(&data)
    };
    view! {
        <main class="compare-main">
            <header class="page-head">
                <h1>"Compare"</h1>
                {number.map(|number| view! { <p class="hint number">{number}</p> })}
                <a class="button quiet-button" href=grid>{t!("Back to {dataset}", dataset = data.dataset.name)}</a>
            </header>
            {is_filtered.then(|| view! { <Chips chips=data.chips.clone() /> })}
            {columns(&data)}
            {content}
            <nav class="pager" aria-label="More">{first} {next}</nav>
        </main>
    }
}

fn empty(title: &'static str, words: &'static str, grid: &str) -> Part {
    view! {
        <section class="empty">
            <h2>{title}</h2>
            <p>{words}</p>
            <p><a class="button" href=grid.to_owned()>"Back to the pictures"</a></p>
        </section>
    }
}

/// Which sources are columns, which of them is the reference, and how differences are marked: a form.
fn columns(data: &CompareData) -> Part {
    let sources: Vec<_> = data
        .dataset
        .sources
        .iter()
        .map(|source| {
            let slug = source.slug.clone();
            let is_shown = data.columns.contains(&slug);
            view! {
                <label class="switch">
                    <input type="checkbox" name="sources" value=slug.clone() checked=is_shown />
                    {slug.clone()}
                </label>
            }
        })
        .collect();
    let references: Vec<_> = data
        .dataset
        .sources
        .iter()
        .map(|source| {
            let is_it = source.slug == data.reference;
            view! { <option value=source.slug.clone() selected=is_it>{source.slug.clone()}</option> }
        })
        .collect();
    let marks: Vec<_> = DiffMarks::ALL
        .into_iter()
        .map(|marks| {
            let is_it = marks == data.marks;
            view! { <option value=marks.value() selected=is_it>{marks.title()}</option> }
        })
        .collect();
    // What the address says of pictures stays.
    let kept: Vec<_> = data
        .listing
        .filter_parameters()
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    view! {
        <form class="compare-columns" method="get" action=format!("{}/compare", data.dataset.address())>
            <fieldset>
                <legend class="visually-hidden">"Sources"</legend>
                <span class="compare-columns-name" aria-hidden="true">"Sources"</span>
                {sources}
            </fieldset>
            <label class="compare-choice">
                "Reference"
                <select name="reference">
                    <option value="">"None"</option>
                    {references}
                </select>
            </label>
            <label class="compare-choice">
                "Differences"
                <select name="marks">{marks}</select>
            </label>
            {kept}
            <button class="button" type="submit">"Show"</button>
        </form>
    }
}

fn table(data: &CompareData) -> Part {
    let heads: Vec<_> = data
        .columns
        .iter()
        .map(|column| {
            let is_reference = *column == data.reference;
            // Pinned by a click: the column becomes what the others are compared with.
            let pin = address_with(data, if is_reference { "" } else { column });
            let (words, label) = if is_reference {
                (t!("Unpin"), t!("Unpin {source} as the reference", source = column))
            } else {
                (t!("Pin"), t!("Pin {source} as the reference", source = column))
            };
            view! {
                <th scope="col" class:is-reference=is_reference>
                    {column.clone()} " "
                    <a class="compare-pin" href=pin aria-label=label>{words}</a>
                </th>
            }
        })
        .collect();
    let rows: Vec<_> = data.rows.iter().enumerate().map(|(number, row)| self::row(data, number, row)).collect();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Captions side by side">
            <table class="compare" id="compare">
                <thead>
                    <tr>
                        <th scope="col">"Image"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(data: &CompareData, number: usize, row: &CompareRow) -> Part {
    let image = &row.image;
    let address = data.listing.image_address(&data.dataset.slug, &image.id);
    let cells: Vec<_> = row
        .cells
        .iter()
        .zip(&data.columns)
        .map(|(cell, column)| match cell {
            Some(cell) => self::cell(data, &address, (number, column), cell),
            None => view! { <td class="compare-cell hint">"Nothing"</td> },
        })
        .collect();
    view! {
        <tr id=format!("row-{number}")>
            <th scope="row" class="compare-image">
                <a href=address.clone()>
                    <img
                        src=image.thumbnail(256)
                        alt=""
                        width=image.width
                        height=image.height
                        loading="lazy"
                        decoding="async"
                    />
                    <span class="compare-name">{image.file_name.clone()}</span>
                </a>
            </th>
            {cells}
        </tr>
    }
}

fn cell(data: &CompareData, address: &str, (row, column): (usize, &str), cell: &CompareCell) -> Part {
    let caption = &cell.caption;
    let text = match data.marks {
        _ if cell.pieces.is_empty() => view! { <span>{caption.text.clone()}</span> },
        DiffMarks::Inline => diff::inline(cell.pieces.clone()),
        DiffMarks::Sides => diff::latter(cell.pieces.clone()),
        DiffMarks::Off => view! { <span>{caption.text.clone()}</span> },
    };
    let is_approved = caption.status == Status::Approved;
    let pick = (data.dataset.role >= Role::Reviewer).then(|| {
        let (words, label) = if is_approved {
            (t!("Picked"), t!("Picked the caption of {source}", source = column))
        } else {
            (t!("Pick"), t!("Pick the caption of {source}", source = column))
        };
        view! {
            <form method="post" action=format!("{}#row-{row}", here(data))>
                <input type="hidden" name="caption" value=caption.id.clone() />
                <input type="hidden" name="version" value=caption.version />
                <button class="button quiet-button" type="submit" disabled=is_approved aria-label=label data-pick>
                    {words}
                </button>
            </form>
        }
    });
    let edit = (data.dataset.role >= Role::Annotator).then(|| {
        let address = format!("{address}#edit-{}", caption.id);
        let label = t!("Edit the caption of {source}", source = column);
        view! {
            <a class="button quiet-button" href=address aria-label=label data-edit>"Edit"</a>
        }
    });
    view! {
        <td class="compare-cell" class:is-approved=is_approved tabindex="-1" data-cell>
            <p class="compare-text">{text}</p>
            <div class="compare-actions">
                <span class="badge status-badge" data-status=caption.status.name()>{caption.status.title()}</span>
                {pick}
                {edit}
            </div>
        </td>
    }
}

/// The address of these rows.
fn here(data: &CompareData) -> String {
    with_parameters(own_address(data), data.cursor.iter().map(|cursor| ("cursor", cursor.as_str())))
}

/// The page's address, from its first row on.
fn own_address(data: &CompareData) -> String {
    address_with(data, &data.reference)
}

/// The page's address with another reference, or with none.
fn address_with(data: &CompareData, reference: &str) -> String {
    let listing = Listing { captions: String::new(), bare: false, ..data.listing.clone() };
    let sources = data.columns.iter().map(|column| ("sources", column.as_str()));
    let others = [("reference", reference), ("marks", data.marks.value())];
    let others = others.into_iter().filter(|(_, value)| !value.is_empty());
    with_parameters(listing.work_address(&data.dataset.slug, "compare"), sources.chain(others))
}
