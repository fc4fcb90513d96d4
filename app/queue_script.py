"""What the list of exceptions does in the browser: rows walked and chosen by key or mouse, verbs on what was looked at."""

# The row that is looked at, and those that are chosen, keep the version that they had when they were: whatever the list
# becomes meanwhile, an act says which version it saw. `round` names one list as it was filtered and worked; a choice
# belongs to its round and ends with it. Rows are known by their HTML: of a list that is drawn again only those that
# changed are replaced, so that focus and place stay, and what is in sight does not move. `mine` outlives the list, which
# the frontend throws away and makes anew where a page reaches it in pieces.
SCRIPT = """
const NEAR = 30; // rows before the end at which the next ones are asked for
const LOST = 5000; // milliseconds after which what brought nothing is asked for again
const mine = { here: "", round: "", chosen: new Map(), from: "", asked: "", askedAt: 0, waiting: 0, top: 0, keys: false };

// Bring the rows into the list; the row that is looked at, or the first in sight, stays where it stands.
function fill(root, list, lines) {
  const top = list.getBoundingClientRect().top, height = list.clientHeight;
  const below = (row) => row.getBoundingClientRect().top - top;
  const inSight = (row) => below(row) + row.offsetHeight > 0 && below(row) < height;
  const before = [...list.children];
  const still = before.find((row) => row.dataset.id === mine.here && inSight(row)) || before.find(inSight);
  const stood = still && below(still);
  const known = root.rows || new Map(), made = document.createElement("template");
  made.innerHTML = lines.filter((line) => !known.has(line)).join("");
  const fresh = [...made.content.children].reverse();
  root.rows = new Map(lines.map((line) => [line, known.get(line) || fresh.pop()]));
  for (const [line, row] of known) if (!root.rows.has(line)) row.remove();
  let next = list.firstElementChild;
  for (const row of root.rows.values()) {
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
  const rows = [...root.rows.values()], again = still && rows.find((row) => row.dataset.id === still.dataset.id);
  if (again && below(again) !== stood) list.scrollTop += below(again) - stood;
  return rows;
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".frame");
  if (root.dataset.shown !== data.html) { root.innerHTML = data.html; root.dataset.shown = data.html; root.rows = null; }
  const list = root.querySelector(".queue");
  const isNew = !root.rows, rows = fill(root, list, data.rows), places = new Map(rows.map((row, at) => [row.dataset.id, at]));
  root.querySelector(".so-far").textContent = data.told;
  const works = Object.keys(data.verbs || {}).length > 0;
  if (mine.round !== data.round) { mine.round = data.round; mine.chosen = new Map(); mine.from = ""; }
  const chosen = mine.chosen;
  for (const id of [...chosen.keys()]) if (!places.has(id)) chosen.delete(id);
  // where the row that was looked at is gone, the server says which took its place
  let here = places.get(mine.here) ?? places.get(data.here) ?? 0;
  const isChosen = (row) => chosen.size ? chosen.has(row.dataset.id) : Boolean(data.everything);
  const paint = (at) => {
    const row = rows[at];
    row.classList.toggle("here", at === here);
    row.classList.toggle("chosen", works && isChosen(row));
    row.setAttribute("aria-selected", works ? isChosen(row) : at === here);
  };
  const look = (at, tell) => {
    const left = here, row = rows[at];
    here = at;
    [left, at].forEach(paint);
    list.setAttribute("aria-activedescendant", row.id);
    mine.here = row.dataset.id;
    if (tell) { clearTimeout(mine.waiting); mine.waiting = setTimeout(() => setStateValue("here", row.dataset.id), 130); }
  };
  const tellChosen = () => {
    rows.forEach((row, at) => paint(at));
    setStateValue("chosen", { round: data.round, rows: [...chosen].map(([id, version]) => id + "|" + version) });
  };
  const all = () => rows.forEach((row) => { if (!chosen.has(row.dataset.id)) chosen.set(row.dataset.id, row.dataset.version); });
  const toggle = (at, through) => {
    const from = through ? places.get(mine.from) ?? at : at;
    if (!chosen.size && data.everything) all();
    const on = through || !chosen.has(rows[at].dataset.id);
    for (const row of rows.slice(Math.min(from, at), Math.max(from, at) + 1)) {
      if (!on) chosen.delete(row.dataset.id);
      else if (!chosen.has(row.dataset.id)) chosen.set(row.dataset.id, row.dataset.version);
    }
    mine.from = rows[at].dataset.id;
    tellChosen();
  };
  const readOn = () => {
    const left = list.scrollHeight - list.scrollTop - list.clientHeight;
    if (!data.more || (rows.length - here > NEAR && left > NEAR * rows[here].offsetHeight)) return;
    if (mine.asked === data.more && Date.now() - mine.askedAt < LOST) return;
    mine.asked = data.more;
    mine.askedAt = Date.now();
    setTriggerValue("more", data.more);
  };
  const go = (to) => {
    look(Math.max(0, Math.min(rows.length - 1, to)), true);
    rows[here].scrollIntoView({ block: "nearest" });
    readOn();
  };
  list.onscroll = () => { mine.top = list.scrollTop; readOn(); };
  list.onfocus = () => { mine.keys = true; };
  list.onblur = () => { mine.keys = !list.isConnected; };
  list.onclick = (event) => {
    const at = places.get(event.target.closest(".row")?.dataset.id);
    if (at === undefined) return;
    if (works && event.target.closest(".pick")) toggle(at, event.shiftKey);
    go(at);
    list.focus({ preventScroll: true });
    // on a phone the pane stands under the list
    if (matchMedia("(max-width: 640px)").matches) document.querySelector(".st-key-work, .st-key-pane")?.scrollIntoView({ block: "start", behavior: "smooth" });
  };
  list.onmousedown = (event) => { if (event.shiftKey) event.preventDefault(); };
  const open = (form, many) => {
    // only while the pane shows this very row, and the line over the list this very choice: a form belongs to what stands above it
    const shown = many ? document.querySelector(".chosen-line")?.dataset.round === data.round
      : document.querySelector(".pane")?.dataset.id === rows[here].dataset.id;
    const within = many ? ".st-key-bulk" : ".st-key-work";
    const opens = [...document.querySelectorAll(within + " button")].find((button) => button.innerText.trim().startsWith(form));
    if (shown) opens?.click();
  };
  const keys = (event) => {
    const row = rows[here], many = chosen.size > 0 || Boolean(data.everything);
    const to = { j: here + 1, ArrowDown: here + 1, k: here - 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) return go(to), true;
    if (!works) return false;
    if (event.key === "x") return toggle(here, false), true;
    if (event.key === "X") return toggle(here, true), true;
    if (event.key === "A") return all(), tellChosen(), true;
    if (event.key === "Escape" && many) return chosen.clear(), tellChosen(), true;
    if (/^[1-9]$/.test(event.key)) return document.querySelectorAll(".st-key-saved .stButton button")[event.key - 1]?.click(), true;
    const verb = data.verbs[event.key], form = (data.forms || {})[event.key];
    if (verb && !event.repeat) {
      if (verb === "undo" ? data.undoes : many) {
        setTriggerValue("act", ["chosen", data.round, verb].join("|"));
        return true;
      }
      row.setAttribute("aria-busy", "true");
      setTriggerValue("act", [row.dataset.id, row.dataset.version, verb].join("|"));
      return true;
    }
    return form ? (open(form, many), true) : false;
  };
  list.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  // what leads to a row of this list goes there, and loads nothing anew
  const follow = (event) => {
    const link = event.target.closest?.("a[href*='?open=']");
    const at = link && !event.ctrlKey && !event.metaKey && !event.shiftKey ? places.get(new URL(link.href).searchParams.get("open")) : undefined;
    if (at === undefined) return;
    event.preventDefault();
    go(at);
    list.focus({ preventScroll: true });
  };
  document.addEventListener("click", follow, true);
  rows.forEach((row, at) => {
    paint(at);
    row.removeAttribute("aria-busy");
    row.setAttribute("aria-posinset", at + 1);
    row.setAttribute("aria-setsize", data.total);
  });
  const stays = rows[here].dataset.id === mine.here;
  look(here, stays ? isNew : mine.here);
  if (isNew) list.scrollTop = stays ? mine.top : rows[here].offsetTop - list.clientHeight / 2;
  if (isNew && chosen.size) tellChosen();
  if (isNew && mine.keys && document.activeElement === document.body) list.focus({ preventScroll: true });
  return () => document.removeEventListener("click", follow, true);
}
"""
