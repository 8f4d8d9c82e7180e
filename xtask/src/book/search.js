// The search of the book: looks through the text of all sections, in the browser.

const MOST_RESULTS = 12;
const LETTERS_AROUND = 70;

const form = document.querySelector(".book-search");
const field = form.querySelector("input");
const panel = form.querySelector(".book-results");
const told = panel.querySelector("p");
const list = panel.querySelector("ul");

let sections;

/** Fetches the sections once, when somebody is about to search. */
function load() {
  sections ??= fetch("search.json").then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.statusText)));
  return sections;
}

/** How well a section fits all the words; 0 where one is missing. */
function score(section, words) {
  const [page, heading, text] = [section.page, section.heading, section.text].map((part) => part.toLowerCase());
  let total = 0;
  for (const word of words) {
    const found = (heading.includes(word) ? 10 : 0) + (page.includes(word) ? 5 : 0) + (text.includes(word) ? 1 : 0);
    if (found === 0) return 0;
    total += found;
  }
  return total;
}

/** The words around the first of those that were looked for, which are marked. */
function excerpt(text, words) {
  const lower = text.toLowerCase();
  const first = Math.min(...words.map((word) => lower.indexOf(word)).filter((place) => place >= 0));
  const start = Number.isFinite(first) ? Math.max(0, first - LETTERS_AROUND) : 0;
  const shown = text.slice(start, start + 3 * LETTERS_AROUND);
  const line = document.createElement("span");
  line.className = "hint";
  if (start > 0) line.append("… ");
  let rest = shown;
  while (rest) {
    const places = words.map((word) => [rest.toLowerCase().indexOf(word), word.length]).filter(([place]) => place >= 0);
    if (places.length === 0) break;
    const [place, length] = places.reduce((one, other) => (other[0] < one[0] ? other : one));
    const mark = document.createElement("mark");
    mark.textContent = rest.slice(place, place + length);
    line.append(rest.slice(0, place), mark);
    rest = rest.slice(place + length);
  }
  line.append(rest, start + shown.length < text.length ? " …" : "");
  return line;
}

function item(section, words) {
  const link = document.createElement("a");
  link.href = `${section.file}#${section.id}`;
  const name = document.createElement("b");
  name.textContent = section.heading === section.page ? section.page : `${section.page}: ${section.heading}`;
  link.append(name, excerpt(section.text, words));
  const row = document.createElement("li");
  row.append(link);
  return row;
}

async function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return close();
  let all;
  try {
    all = await load();
  } catch {
    sections = undefined;
    list.replaceChildren();
    told.textContent = "The search can't be reached. Type again to try once more.";
    panel.hidden = false;
    return;
  }
  const scored = all.map((section) => [score(section, words), section]).filter(([total]) => total > 0);
  scored.sort(([one], [other]) => other - one);
  const shown = scored.slice(0, MOST_RESULTS);
  const found = scored.length === 1 ? "1 place" : `${scored.length} places`;
  told.textContent = shown.length < scored.length ? `${found}; the first ${shown.length}` : found;
  list.replaceChildren(...shown.map(([, section]) => item(section, words)));
  panel.hidden = false;
}

function close() {
  panel.hidden = true;
}

/** Goes up and down through the field and the places found. */
function step(direction) {
  const stops = [field, ...list.querySelectorAll("a")];
  stops[stops.indexOf(document.activeElement) + direction]?.focus();
}

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
field.addEventListener("focus", () => load().catch(() => (sections = undefined)));
field.addEventListener("input", search);
form.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    field.focus();
    close();
  } else if (!panel.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  }
});
document.addEventListener("click", (event) => {
  if (!form.contains(event.target) || event.target.closest(".book-results a")) close();
});
