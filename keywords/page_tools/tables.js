// Lists: one table or grid found by its name, as headers and rows of cells; spans are filled in, hidden rows left out.
const TABLE = "table, [role=table], [role=grid], [role=treegrid]";
const HEADING = "h1, h2, h3, h4, h5, h6, [role=heading]";
tools.tableName = (table) => (table.caption ? clean(table.caption.textContent) : "") || labelOf(table);
const byPlace = (name) => {
  const regions = all("section, [role=region], fieldset, figure").filter((one) => visible(one) &&
    (labelOf(one) === name || [...one.querySelectorAll(":scope > legend, :scope > figcaption")].some((label) => clean(label.textContent) === name)));
  const inRegion = regions.map((one) => within(one, TABLE).filter(visible)).filter((found) => found.length);
  if (inRegion.length) return inRegion.length === 1 ? inRegion[0] : inRegion.flat();
  const marks = all(`${HEADING}, ${TABLE}`).filter(visible);
  const found = [];
  marks.forEach((one, at) => {
    if (!one.matches(HEADING) || shown(one) !== name) return;
    for (const next of marks.slice(at + 1)) {
      if (next.matches(HEADING)) break;
      found.push(next);
    }
  });
  return found;
};
const outermost = (found) => found.filter((one) => !found.some((other) => other !== one && other.contains(one)));
// A list by its name; by its place where it has none: there it is the only table.
const named = (name, place) => {
  if (place) {
    const box = placeOf(place);
    const there = box ? within(box, TABLE) : [];
    const seen = there.filter((one) => visible(one) || within(one, "tr, [role=row]").some(visible));
    return { seen: outermost(seen), hidden: there.length - seen.length, box };
  }
  const same = all(TABLE).filter((one) => tools.tableName(one) === name);
  const seen = same.filter((one) => visible(one) || within(one, "tr, [role=row]").some(visible));
  if (seen.length || same.length) return { seen: outermost(seen), hidden: same.length - seen.length };
  return { seen: outermost(byPlace(name)), hidden: 0 };
};
const headerOf = (cell, under) => [shown(cell, isButtonIcon) || clean(cell.textContent), clean(cell.textContent), under, cell.checkVisibility(STYLE) ? 0 : 1];
const isButtonIcon = (one) => one.matches("svg, img, [role=img]");
// Cells of rows of a <table>, each at its place: what spans columns or rows stands in all of them.
const grid = (rows, width, read) => {
  const carried = [], out = [];
  for (const row of rows) {
    const places = [];
    let odd = false, column = 0;
    const carry = () => { while (carried[column] && carried[column].left > 0) { places[column] = carried[column].value; carried[column].left -= 1; column += 1; } };
    carry();
    for (const cell of row.cells) {
      const value = read(cell), wide = Math.max(1, cell.colSpan), high = cell.rowSpan === 0 ? 1e6 : cell.rowSpan;
      odd = odd || (wide > 1 && width !== null);
      for (let n = 0; n < wide; n += 1) {
        places[column] = value;
        if (high > 1) carried[column] = { value, left: high - 1 };
        column += 1;
      }
      carry();
    }
    out.push({ row, places, odd: odd || (width !== null && (places.length !== width || row.cells.length === 0)) });
  }
  return out;
};
// The cells above each column, the nearest last.
const headsOf = (rows) => {
  const lines = grid(rows, null, (cell) => cell);
  const width = Math.max(0, ...lines.map((line) => line.places.length));
  return Array.from({ length: width }, (_, column) => lines.map((line) => line.places[column]).filter(Boolean));
};
const headersOf = (heads) => heads.map((above) => {
  const own = above[above.length - 1];
  const over = above.filter((cell) => cell !== own).map((cell) => shown(cell) || clean(cell.textContent));
  return own ? headerOf(own, over[over.length - 1] || "") : ["", "", "", 0];
});
const linksOf = (row) => Object.fromEntries(within(row, "a[href]").filter(visible).map((a) => [clean(a.textContent), a.href]));
const odd = (row, cells) => ({ t: shown(row), n: cells, field: within(row, FIELDS).some(visible) ? 1 : 0 });
const readTable = (table, identity) => {
  const foot = table.tFoot;
  let head = table.tHead ? [...table.tHead.rows] : [];
  let body = [...table.rows].filter((row) => !(row.parentElement === foot && foot) && row.parentElement !== table.tHead);
  if (!head.length && body.length && [...body[0].cells].every((cell) => cell.tagName === "TH")) { head = [body[0]]; body = body.slice(1); }
  const heads = headsOf(head), headers = headersOf(heads), owns = heads.map((above) => above[above.length - 1]);
  const seen = grid(body, headers.length, (cell) => cell).filter(({ row }) => row.checkVisibility(STYLE));
  const kept = new Map();
  const cellOf = (cell, at) => { if (!kept.has(cell)) kept.set(cell, readCell(cell, identity, owns[at])); return kept.get(cell); };
  return { headers, heads: head.length,
    rows: seen.map((line) => line.odd ? odd(line.row, line.row.cells.length) : line.places.map(cellOf)),
    keys: seen.map(({ row }) => row.getAttribute("aria-rowindex")),
    links: seen.map(({ row }) => linksOf(row)), lines: seen.map(({ row }) => row) };
};
const ROW_CELLS = "[role=gridcell], [role=cell], [role=rowheader], [role=columnheader]";
const readGrid = (box, identity) => {
  const rows = within(box, "[role=row], tr").filter((row) => row.checkVisibility(STYLE));
  const cells = (row) => within(row, ROW_CELLS).filter((cell) => (cell.getAttribute("aria-colindex") || visible(cell) || !cell.checkVisibility(STYLE)));
  const heads = rows.filter((row) => within(row, "[role=columnheader]").length);
  const place = (cell, at) => Number(cell.getAttribute("aria-colindex") || at + 1) - 1;
  const headers = [], owns = [];
  for (const row of heads) within(row, "[role=columnheader]").forEach((cell, at) => {
    headers[place(cell, at)] = headerOf(cell, (headers[place(cell, at)] || [""])[0]);
    owns[place(cell, at)] = cell;
  });
  const merged = new Map();
  rows.filter((row) => !heads.includes(row)).forEach((row, number) => {
    const key = row.getAttribute("aria-rowindex") || `n${number}`;
    const line = merged.get(key) || { places: [], count: 0, row, key: row.getAttribute("aria-rowindex") };
    cells(row).forEach((cell, at) => { line.places[place(cell, at)] = readCell(cell, identity, owns[place(cell, at)]); line.count += 1; });
    line.odd = within(row, "[aria-colspan]").some((cell) => Number(cell.getAttribute("aria-colspan")) > 1);
    merged.set(key, line);
  });
  const lines = [...merged.values()];
  const width = headers.length;
  for (let at = 0; at < width; at += 1) headers[at] = headers[at] || ["", "", "", 0];
  return { headers, heads: heads.length,
    rows: lines.map((line) => line.odd || line.count !== headers.filter((one) => one[1]).length && line.count !== width ? odd(line.row, line.count)
      : Array.from({ length: width }, (_, at) => line.places[at] === undefined ? "" : line.places[at])),
    keys: lines.map((line) => line.key), links: lines.map((line) => linksOf(line.row)), lines: lines.map((line) => line.row) };
};
const isNative = (table) => table.tagName === "TABLE" && table.rows.length > 0 && !within(table, "tbody [role=gridcell] [role=row]").length;
const scrolled = (start) => {
  for (let one = start; one && one !== document.body; one = one.parentElement || (one.getRootNode().host || null))
    if (one.scrollHeight > one.clientHeight + 1 && /auto|scroll|overlay/.test(getComputedStyle(one).overflowY)) return one;
  return document.scrollingElement;
};
const LOADING = /^(loading|please wait|processing|bitte warten|wird geladen|lade|laden|chargement|cargando|caricamento)\b|^(loading|laden)?(\.\.\.|…)$/i;
const busyAt = (table, words) => {
  if (words) {
    let found = [];
    try { found = all(words).filter(visible); } catch { found = []; }
    if (found.length) return words;
    if (shown(document.body).includes(words)) return words;
  }
  for (let one = table; one; one = one.parentElement) if (one.getAttribute("aria-busy") === "true") return "aria-busy";
  if (within(table, "[aria-busy=true]").some(visible)) return "aria-busy";
  return all("[role=progressbar]:not([aria-valuenow])").some(visible) ? "a progress bar" : "";
};
// The one call that reads a list: `asked` holds name, identity, next, export, total, within, more, busy and timers.
// Whether a text says some words as words of their own: "Orders of B-1" is not said by "Orders of B-12".
const says = (text, words) => {
  const letter = /[\p{L}\p{N}]/u, joined = /^[-_\/.:][\p{L}\p{N}]/u, joins = /[\p{L}\p{N}][-_\/.:]$/u;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const before = text.slice(0, at), after = text.slice(at + words.length);
    const begins = !letter.test(words[0]) || !(letter.test(before.slice(-1)) || joins.test(before.slice(-2)));
    const ends = !letter.test(words.slice(-1)) || !(letter.test(after.slice(0, 1)) || joined.test(after.slice(0, 2)));
    if (begins && ends) return true;
  }
  return false;
};
tools.list = (asked) => {
  const state = tools.quiet(asked.timers);
  const { seen, hidden, box } = named(asked.caption, asked.place);
  const unsaid = asked.says && !says(shown(box || document.body), clean(asked.says)) ? 1 : 0;
  if (unsaid) return { ...state, seen: 0, hidden, unsaid };
  if (seen.length !== 1) return { ...state, seen: seen.length, hidden };
  const table = seen[0];
  lookForDrawn(table);
  startDrawn();
  const read = isNative(table) ? readTable(table, asked.identity) : readGrid(table, asked.identity);
  const { lines, ...rest } = read;
  const busy = busyAt(table, asked.busy) || (read.rows.some((row) => !Array.isArray(row) && LOADING.test(row.t)) ? "a row that says so" : "");
  return { ...state, ...rest, seen: 1, hidden, busy, rowcount: Number(table.getAttribute("aria-rowcount") || 0),
    total: totals(asked.total, asked.within), more: saysMore(asked.more), next: control(asked.next), export: control(asked.export) };
};
// Scroll a list on by most of what is in view, or to its start; whether anything moved.
tools.scroll = (caption, start, place) => {
  const { seen } = named(caption, place);
  if (seen.length !== 1) return { moved: false, end: true };
  const rows = within(seen[0], "tr, [role=row]").filter((row) => row.checkVisibility(STYLE));
  const last = rows[rows.length - 1];
  const inner = within(seen[0], "*").find((one) => one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY));
  const box = inner || scrolled(last || seen[0]);
  const before = box.scrollTop;
  box.scrollTop = start ? 0 : Math.min(box.scrollTop + Math.max(40, box.clientHeight * 0.7), box.scrollHeight);
  box.dispatchEvent(new Event("scroll", { bubbles: true }));
  return { moved: box.scrollTop !== before, end: box.scrollTop + box.clientHeight >= box.scrollHeight - 2 };
};
tools.hasTable = (caption, place) => named(caption, place).seen.length > 0;
tools.hasControl = (name) => { const found = control(name); return found.links.length + found.buttons > 0; };
const formOf = (labels) => { for (const label of labels) for (const field of candidates(label)) if (visible(field)) return field.closest("form") || field.form; return null; };
tools.sentByGet = (labels) => { const form = formOf(labels); return !form || (form.getAttribute("method") || "get").toLowerCase() === "get"; };
// The button that sends a filter: that of its own form, or the only one of its name.
tools.filterButton = (name, labels) => {
  const form = formOf(labels);
  const named = (one) => visible(one) && (clean(one.textContent) === name || labelOf(one) === name || clean(one.value) === name);
  const buttons = all("button, input[type=submit], input[type=button], [role=button], a").filter(named);
  const own = form ? buttons.filter((one) => form.contains(one) || one.form === form) : [];
  return own[0] || (buttons.length === 1 ? buttons[0] : null);
};
