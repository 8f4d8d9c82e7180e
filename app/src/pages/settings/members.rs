//! Who works on a dataset.

use leptos::prelude::*;

use crate::components::confirm::Confirm;
use crate::components::form_problem::FormProblem;
use crate::part::{Part, view};
use crate::types::{Member, NewMemberData, Role};

/// The members with their roles. For owners each with the forms that change it, and the form for another one.
#[component]
pub(super) fn Members(members: Vec<Member>, new: NewMemberData, address: String, may_change: bool) -> impl IntoView {
    let owners = members.iter().filter(|member| member.role == Role::Owner).count();
    let is_empty = members.is_empty();
    let rows: Vec<_> = members
        .into_iter()
        .map(|member| {
            let is_last_owner = member.role == Role::Owner && owners == 1;
            view! { <MemberRow member is_last_owner address=address.clone() may_change /> }
        })
        .collect();
    let nobody = if may_change { t!("Nobody is a member yet.") } else { t!("Only members see who the members are.") };
    view! {
        <section class="card settings-section" aria-labelledby="members-title">
            <h2 id="members-title">"Members"</h2>
            {if is_empty {
                view! { <p>{nobody}</p> }
            } else {
                view! { <ul class="rows" aria-labelledby="members-title">{rows}</ul> }
            }}
            {may_change.then(|| view! { <NewMember new address /> })}
        </section>
    }
}

#[component]
fn MemberRow(member: Member, is_last_owner: bool, address: String, may_change: bool) -> impl IntoView {
    let Member { id, name, role, is_own } = member;
    let label = t!("Role of {name}", name = name);
    let actions = if !may_change {
        view! { <span class="badge">{role.title()}</span> }
    } else if is_last_owner {
        view! { <span class="hint">"The only owner stays. Make somebody else one first."</span> }
    } else {
        let (remove, change) = (t!("Remove {name}…", name = name), t!("Change the role of {name}", name = name));
        let form = view! {
            <form class="form" method="post" action=address.clone()>
                <p>"What they wrote stays." " " {is_own.then_some(t!("You may not get back in."))}</p>
                <input type="hidden" name="action" value="remove-member" />
                <input type="hidden" name="member" value=id.clone() />
                <p><button class="button danger-button" type="submit">"Remove from the dataset"</button></p>
            </form>
        };
        view! {
            <form class="role-form" method="post" action=address>
                <input type="hidden" name="action" value="set-role" />
                <input type="hidden" name="member" value=id />
                <select name="role" aria-label=label>{role_options(role)}</select>
                <button class="button" type="submit" aria-label=change>"Change"</button>
            </form>
            <Confirm words="Remove…" label=remove form />
        }
    };
    view! {
        <li class="list-row">
            <div class="list-text">
                <p class="list-name">
                    {name} {is_own.then(|| view! { " " <span class="badge">"You"</span> })}
                    {is_last_owner.then(|| view! { " " <span class="badge">{role.title()}</span> })}
                </p>
            </div>
            <div class="list-actions">{actions}</div>
        </li>
    }
}

#[component]
fn NewMember(new: NewMemberData, address: String) -> impl IntoView {
    let NewMemberData { name, role, problem } = new;
    let is_wrong = problem.is_some();
    let roles: Vec<_> =
        Role::ALL.into_iter().map(|role| view! { <li><b>{role.title()}</b> " " {role.about()}</li> }).collect();
    view! {
        <form class="form settings-form" method="post" action=address aria-labelledby="new-member-title">
            <h3 id="new-member-title">"Add somebody"</h3>
            <FormProblem problem />
            <input type="hidden" name="action" value="add-member" />
            <div class="side-by-side">
                <div class="field">
                    <label for="member-name">"Their name here"</label>
                    <input
                        id="member-name"
                        name="name"
                        type="text"
                        value=name
                        required
                        maxlength="64"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        autofocus=is_wrong
                    />
                </div>
                <div class="field">
                    <label for="member-role">"Role"</label>
                    <select id="member-role" name="role" aria-describedby="roles">{role_options(role)}</select>
                </div>
            </div>
            <ul class="hint roles" id="roles">{roles}</ul>
            <p><button class="button" type="submit">"Add"</button></p>
        </form>
    }
}

fn role_options(chosen: Role) -> Vec<Part> {
    let option = |role: Role| view! { <option value=role.name() selected={role == chosen}>{role.title()}</option> };
    Role::ALL.into_iter().map(option).collect()
}
