// What a page says of itself, for a sentence: its headings, alerts and first words, its tables, labels and frames.
const FEW = 6;
const someText = (selector, identity, most = FEW) => {
  const found = all(selector).filter((one) => visible(one) && !(identity && (one.matches(identity) || one.closest(identity))))
    .map((one) => shown(one, (inner) => identity && inner.matches(identity))).filter(Boolean);
  return [...new Set(found)].slice(0, most);
};
const WRONG = "[role=alert], [aria-live=assertive], .error, .alert, .invalid-feedback, .field-error, .errorlist, .form-error";
tools.said = (identity) => ({
  headings: someText("h1, h2, [role=heading]", identity, 3),
  alerts: someText(WRONG, identity, 4),
  words: shown(document.body || document.documentElement, (one) => (identity && one.matches(identity)) ||
    /^(NAV|HEADER|FOOTER|TABLE|SELECT|TEXTAREA|H1)$/.test(one.tagName)).slice(0, 200),
  tables: all("table, [role=grid], [role=treegrid], [role=table]").filter(visible).map(tools.tableName).filter(Boolean).slice(0, FEW),
  buttons: someText("button, [role=button], input[type=submit]", identity),
  links: someText("a[href]", identity, 12),
  questions: all("dialog[open], [role=dialog], [role=alertdialog]").filter(visible)
    .map((one) => shown(one, (inner) => (identity && inner.matches(identity)) || /^(BUTTON|DL|TABLE|FORM)$/.test(inner.tagName)).slice(0, 80)).filter(Boolean).slice(0, 3),
  labels: [...new Set(all("label").filter(visible).map((one) => plainName(one.textContent)).filter(Boolean))].slice(0, 12),
  frames: all("iframe, frame").filter(visible).map((one) => [clean(one.title || one.name), one.src]),
  passwords: all("input[type=password]").filter(visible).length,
});
// What complains on a page: alerts, live regions, and the messages of fields that are marked as wrong.
tools.complaints = (identity, done) => {
  const texts = someText(WRONG, identity, 8).filter((text) => text !== done);
  for (const field of all("[aria-invalid=true]").filter(visible)) {
    const id = field.getAttribute("aria-errormessage") || field.getAttribute("aria-describedby");
    const message = id && byId(field, id.split(/\s+/)[0]);
    const own = message && visible(message) ? shown(message) : "";
    texts.push(own || `${fieldName(field)} is marked as wrong`);
  }
  return [...new Set(texts)];
};
// Whether a text shows somewhere: as a heading, a button, or any words.
tools.shows = (text) => shown(document.body || document.documentElement).includes(clean(text)) ||
  all("h1, h2, h3, [role=heading], button, a, label, p").some((one) => visible(one) && shown(one).includes(clean(text)));
// Fields that the browser itself does not let pass, with its words.
tools.unfit = () => all("input, select, textarea")
  .filter((one) => visible(one) && one.willValidate && !one.checkValidity())
  .map((one) => `${fieldName(one)}: ${one.validationMessage}`);
// What shows of the end of an act: whether it is done, the site's number, and complaints.
tools.end = (asked) => {
  const state = tools.quiet();
  const same = (one) => shown(one) === clean(asked.done);
  const done = !!asked.done && (all("h1, h2, h3, h4, h5, h6, [role=heading]").some((one) => visible(one) && same(one)) ||
    all("[role=status], [role=alert], [role=dialog], [role=alertdialog], output, [aria-live]").some((one) => visible(one) && shown(one).includes(clean(asked.done))));
  const own = asked.reference ? [...new Set(tools.valuesUnder(asked.reference))].filter(Boolean) : [];
  const found = asked.pattern ? new RegExp(asked.pattern).exec(shown(document.body)) : null;
  const complaints = tools.complaints(asked.identity, asked.done).filter((text) => !(asked.done && text.includes(clean(asked.done))));
  if (asked.validity) complaints.push(...tools.unfit());
  return { ...state, done, number: own.length === 1 ? own[0] : found ? found[1] : null, complaints };
};
// A line round what was looked at, for the picture of a failure; nothing else of the page changes.
const MARKED = { field: "label", filter: "label", button: "button, a, [role=button], input[type=submit]", table: "table, [role=grid], [role=treegrid], [role=table]" };
tools.mark = (kind, name) => {
  const named = (one) => (kind === "table" ? tools.tableName(one) : plainName(one.textContent || one.value)) === (kind === "table" ? clean(name) : plainName(name));
  const found = all(MARKED[kind] || "label").filter(visible).find(named);
  if (!found) return false;
  found.style.outline = "4px dashed #c2410c";
  found.style.outlineOffset = "2px";
  found.scrollIntoView({ block: "nearest" });
  return true;
};
