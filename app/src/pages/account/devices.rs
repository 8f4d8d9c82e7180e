//! Where one is signed in.

use leptos::prelude::*;

use crate::components::confirm::Confirm;
use crate::components::local_time::LocalTime;
use crate::device::device;
use crate::part::{rich, view};
use crate::types::Device;

/// The browsers and programs that are signed in, each with the way out.
#[component]
pub(super) fn Devices(devices: Vec<Device>, has_more: bool) -> impl IntoView {
    let rows: Vec<_> = devices.into_iter().map(|device| view! { <DeviceRow device /> }).collect();
    let form = view! {
        <form class="form" method="post" action="/account">
            <p>"This ends every session, the one in use as well. Keys go on."</p>
            <input type="hidden" name="action" value="sign-out-everywhere" />
            <p><button class="button danger-button" type="submit">"Sign out everywhere"</button></p>
        </form>
    };
    view! {
        <section class="card settings-section" aria-labelledby="devices-title">
            <h2 id="devices-title">"Signed in on"</h2>
            <ul class="rows" aria-labelledby="devices-title">{rows}</ul>
            {has_more.then(|| view! { <p class="hint">"And on more, from before these."</p> })}
            <Confirm words="Sign out everywhere…" label=t!("Sign out everywhere…").to_owned() form />
        </section>
    }
}

#[component]
fn DeviceRow(device: Device) -> impl IntoView {
    let Device { id, user_agent, since, renewed_at, is_current } = device;
    let name = self::device(&user_agent);
    let label = t!("Sign out {name}", name = name);
    let was_renewed = renewed_at.get(..10) != since.get(..10);
    let action = if is_current {
        view! { <span class="badge">"In use"</span> }
    } else {
        view! {
            <form method="post" action="/account">
                <input type="hidden" name="action" value="end-session" />
                <input type="hidden" name="session" value=id />
                <button class="button quiet-button" type="submit" aria-label=label>"Sign out"</button>
            </form>
        }
    };
    view! {
        <li class="list-row">
            <div class="list-text">
                <p class="list-name">{name}</p>
                <p class="hint">
                    {if was_renewed {
                        rich!(
                            "Since {start}, last seen about {last}",
                            start = view! { <LocalTime at=since /> },
                            last = view! { <LocalTime at=renewed_at /> }
                        )
                    } else {
                        rich!("Since {start}", start = view! { <LocalTime at=since /> })
                    }}
                </p>
            </div>
            <div class="list-actions">{action}</div>
        </li>
    }
}
