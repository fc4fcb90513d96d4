"""What the list of exceptions does in the browser: rows walked and chosen by key or mouse, verbs on what was looked at."""

# The row that is looked at, and those that are chosen, keep the version that they had when they were: whatever the list
# becomes meanwhile, an act says which version it saw. `round` names one list as it was filtered and worked; a choice
# belongs to its round and ends with it. `all` names every row that is read, each with its version; `rows` is the part of
# them around what is in sight, from `start` on, and gaps stand for the others: every row is as high as the next. Rows are
# known by their HTML: of a list that is drawn again only those that changed are replaced, so that focus and place stay, and
# what is in sight does not move. `mine` outlives the list, which the frontend throws away and makes anew where a page
# reaches it in pieces.
SCRIPT = """
const NEAR = 30; // rows before the end at which the next ones are asked for
const LOST = 5000; // milliseconds after which what brought nothing is asked for again
const MEANT = 700; // milliseconds in which a key was still meant for the row that others took away
const mine = { here: "", round: "", chosen: new Map(), from: "", asked: "", askedAt: 0, answer: "", waiting: 0, near: 0, top: 0, keys: false, acted: "", movedAt: 0 };

// Bring the rows into the list; the row that is looked at, or the first in sight, stays where it stands.
function fill(root, list, lines, start, count) {
  const top = list.getBoundingClientRect().top, height = list.clientHeight;
  const below = (row) => row.getBoundingClientRect().top - top;
  const inSight = (row) => below(row) + row.offsetHeight > 0 && below(row) < height;
  const before = [...list.querySelectorAll(".row")];
  const still = before.find((row) => row.dataset.id === mine.here && inSight(row)) || before.find(inSight);
  const stood = still && below(still);
  const known = root.rows || new Map(), made = document.createElement("template");
  made.innerHTML = lines.filter((line) => !known.has(line)).join("");
  const fresh = [...made.content.children].reverse();
  root.rows = new Map(lines.map((line) => [line, known.get(line) || fresh.pop()]));
  for (const [line, row] of known) if (!root.rows.has(line)) row.remove();
  const [ahead, behind] = list.querySelectorAll(".gap");
  let next = ahead.nextElementSibling;
  for (const row of root.rows.values()) {
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
  ahead.style.setProperty("--rows", start);
  behind.style.setProperty("--rows", count - start - lines.length);
  const rows = [...root.rows.values()], again = still && rows.find((row) => row.dataset.id === still.dataset.id);
  if (again && below(again) !== stood) list.scrollTop += below(again) - stood;
  return rows;
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".frame");
  if (root.dataset.shown !== data.html) { root.innerHTML = data.html; root.dataset.shown = data.html; root.rows = null; }
  const list = root.querySelector(".queue");
  const [ids, versions] = [0, 1].map((part) => data.all.map((each) => each.split("|")[part])), start = data.start;
  const isNew = !root.rows, rows = fill(root, list, data.rows, start, ids.length), places = new Map(ids.map((id, at) => [id, at]));
  const rowOf = (at) => rows[at - start], high = rows[0].offsetHeight;
  root.querySelector(".so-far").textContent = data.told;
  const works = Object.keys(data.verbs || {}).length > 0;
  if (mine.round === data.round && mine.here && !places.has(mine.here) && mine.acted !== mine.here) mine.movedAt = Date.now();
  if (mine.round !== data.round) { mine.round = data.round; mine.chosen = new Map(); mine.from = ""; }
  const chosen = mine.chosen;
  for (const id of [...chosen.keys()]) if (!places.has(id)) chosen.delete(id);
  // where the row that was looked at is gone, the server says which took its place
  let here = places.get(mine.here) ?? places.get(data.here) ?? 0;
  const isChosen = (id) => chosen.size ? chosen.has(id) : Boolean(data.everything);
  const paint = (at) => {
    const row = rowOf(at);
    if (!row) return;
    row.classList.toggle("here", at === here);
    row.classList.toggle("chosen", works && isChosen(ids[at]));
    row.setAttribute("aria-selected", works ? isChosen(ids[at]) : at === here);
  };
  const look = (at, tell) => {
    const left = here, id = ids[at];
    here = at;
    [left, at].forEach(paint);
    if (rowOf(at)) list.setAttribute("aria-activedescendant", rowOf(at).id);
    else list.removeAttribute("aria-activedescendant");
    mine.here = id;
    if (tell) { clearTimeout(mine.waiting); mine.waiting = setTimeout(() => setStateValue("here", id), 130); }
  };
  const tellChosen = () => {
    rows.forEach((row, at) => paint(start + at));
    setStateValue("chosen", { round: data.round, rows: [...chosen].map(([id, version]) => id + "|" + version) });
  };
  const add = (at) => { if (!chosen.has(ids[at])) chosen.set(ids[at], versions[at]); };
  const all = () => ids.slice(0, data.most).forEach((id, at) => add(at));
  const toggle = (at, through) => {
    const from = through ? places.get(mine.from) ?? at : at;
    if (!chosen.size && data.everything) all();
    if (through || !chosen.has(ids[at])) for (let each = Math.min(from, at); each <= Math.max(from, at); each++) add(each);
    else chosen.delete(ids[at]);
    mine.from = ids[at];
    tellChosen();
  };
  const ask = (what, said) => {
    if (mine.asked === said && Date.now() - mine.askedAt < LOST) return;
    mine.asked = said;
    mine.askedAt = Date.now();
    setTriggerValue(what, said);
  };
  const inSight = () => [list.scrollTop, list.scrollTop + list.clientHeight].map((at) => Math.round(at / high));
  const comeNear = () => {
    mine.near = 0;
    if (!list.isConnected) return;
    const [first, last] = inSight(), end = start + rows.length;
    if ((start > 0 && first - NEAR < start) || (end < ids.length && last + NEAR > end)) ask("near", Math.round((first + last) / 2) + "~" + data.filtered);
  };
  mine.comeNear = comeNear;
  const readOn = () => {
    if (data.more && ids.length - Math.max(here, inSight()[1]) <= NEAR) ask("more", data.more);
    else mine.near = mine.near || setTimeout(() => mine.comeNear(), 120);
  };
  const show = (block) => {
    if (rowOf(here)) rowOf(here).scrollIntoView({ block });
    else list.scrollTop = here * high - list.clientHeight / 2;
  };
  const go = (to) => {
    look(Math.max(0, Math.min(ids.length - 1, to)), true);
    show("nearest");
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
      : document.querySelector(".pane")?.dataset.id === ids[here];
    const within = many ? ".st-key-bulk" : ".st-key-work";
    const opens = [...document.querySelectorAll(within + " button")].find((button) => button.innerText.trim().startsWith(form));
    if (shown) opens?.click();
  };
  const keys = (event) => {
    const many = chosen.size > 0 || Boolean(data.everything);
    const to = { j: here + 1, ArrowDown: here + 1, k: here - 1, ArrowUp: here - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to !== undefined) return go(to), true;
    if (!works) return false;
    if (event.key === "x") return toggle(here, false), true;
    if (event.key === "X") return toggle(here, true), true;
    if (event.key === "A") return all(), tellChosen(), true;
    if (event.key === "Escape" && many) return chosen.clear(), tellChosen(), true;
    if (/^[1-9]$/.test(event.key)) return document.querySelectorAll(".st-key-saved .stButton button")[event.key - 1]?.click(), true;
    const verb = data.verbs[event.key], form = (data.forms || {})[event.key];
    if (verb && Date.now() - mine.movedAt < MEANT) return true;
    if (verb && !event.repeat) {
      if (verb === "undo" ? data.undoes : many) {
        setTriggerValue("act", ["chosen", data.round, verb].join("|"));
        return true;
      }
      mine.acted = ids[here];
      rowOf(here)?.setAttribute("aria-busy", "true");
      setTriggerValue("act", [ids[here], versions[here], verb].join("|"));
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
    paint(start + at);
    row.removeAttribute("aria-busy");
    row.setAttribute("aria-posinset", start + at + 1);
    row.setAttribute("aria-setsize", data.total);
  });
  if (mine.answer !== start + "~" + ids.length) { mine.answer = start + "~" + ids.length; mine.asked = ""; }
  const stays = ids[here] === mine.here;
  look(here, stays ? isNew : mine.here);
  if (isNew) list.scrollTop = stays ? mine.top : here * high - list.clientHeight / 2;
  readOn();
  if (isNew && chosen.size) tellChosen();
  if (isNew && mine.keys && document.activeElement === document.body) list.focus({ preventScroll: true });
  return () => document.removeEventListener("click", follow, true);
}
"""
