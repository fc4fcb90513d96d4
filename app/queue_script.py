"""What the list of exceptions does in the browser: rows walked and chosen by key or mouse, verbs on what was looked at."""

# The row that is looked at, and those that are chosen, keep the version that they had when they were: whatever the list
# becomes meanwhile, an act says which version it saw. `round` names one list as it was filtered and worked; a choice
# belongs to its round and ends with it.
SCRIPT = """
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".frame");
  if (root.dataset.shown !== data.html) { root.innerHTML = data.html; root.dataset.shown = data.html; }
  const list = root.querySelector(".queue");
  if (!list) return;
  const rows = [...list.querySelectorAll(".row")], places = new Map(rows.map((row, at) => [row.dataset.id, at]));
  const works = Object.keys(data.verbs || {}).length > 0;
  if (root.round !== data.round) { root.round = data.round; root.chosen = new Map(); root.from = null; }
  const chosen = root.chosen;
  for (const id of [...chosen.keys()]) if (!places.has(id)) chosen.delete(id);
  let here = Math.max(0, places.get(root.dataset.here || data.here) ?? 0);
  let waiting = 0;
  const isChosen = (row) => chosen.size ? chosen.has(row.dataset.id) : Boolean(data.everything);
  const mark = (tell) => {
    rows.forEach((row, at) => {
      row.classList.toggle("here", at === here);
      row.classList.toggle("chosen", works && isChosen(row));
      row.setAttribute("aria-selected", works ? isChosen(row) : at === here);
    });
    const row = rows[here];
    if (!row) return;
    list.setAttribute("aria-activedescendant", row.id);
    root.dataset.here = row.dataset.id;
    if (tell) { clearTimeout(waiting); waiting = setTimeout(() => setStateValue("here", row.dataset.id), 130); }
  };
  const tellChosen = () => {
    mark(false);
    setStateValue("chosen", { round: data.round, rows: [...chosen].map(([id, version]) => id + "|" + version) });
  };
  const all = () => rows.forEach((row) => { if (!chosen.has(row.dataset.id)) chosen.set(row.dataset.id, row.dataset.version); });
  const toggle = (at, through) => {
    const from = through ? places.get(root.from) ?? at : at;
    if (!chosen.size && data.everything) all();
    const on = through || !chosen.has(rows[at].dataset.id);
    for (const row of rows.slice(Math.min(from, at), Math.max(from, at) + 1)) {
      if (!on) chosen.delete(row.dataset.id);
      else if (!chosen.has(row.dataset.id)) chosen.set(row.dataset.id, row.dataset.version);
    }
    root.from = rows[at].dataset.id;
    tellChosen();
  };
  const go = (to) => { here = Math.max(0, Math.min(rows.length - 1, to)); mark(true); rows[here]?.scrollIntoView({ block: "nearest" }); };
  rows.forEach((row, at) => {
    row.onclick = (event) => {
      if (works && event.target.closest(".pick")) toggle(at, event.shiftKey);
      go(at);
      list.focus({ preventScroll: true });
      // on a phone the pane stands under the list
      if (matchMedia("(max-width: 640px)").matches) document.querySelector(".st-key-work, .st-key-pane")?.scrollIntoView({ block: "start", behavior: "smooth" });
    };
    row.onmousedown = (event) => { if (event.shiftKey) event.preventDefault(); };
  });
  const open = (form, many) => {
    // only while the pane shows this very row, and the line over the list this very choice: a form belongs to what stands above it
    const shown = many ? document.querySelector(".chosen-line")?.dataset.round === data.round
      : document.querySelector(".pane")?.dataset.id === rows[here]?.dataset.id;
    const within = many ? ".st-key-bulk" : ".st-key-work";
    const opens = [...document.querySelectorAll(within + " button")].find((button) => button.innerText.trim().startsWith(form));
    if (shown) opens?.click();
  };
  const keys = (event) => {
    const row = rows[here], many = chosen.size > 0 || Boolean(data.everything);
    const to = { j: here + 1, ArrowDown: here + 1, k: here - 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) return go(to), true;
    if (!works || !row) return false;
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
  mark(false);
  return () => { clearTimeout(waiting); document.removeEventListener("click", follow, true); };
}
"""
