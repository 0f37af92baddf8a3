// Fields by their label: what kind each is, what it holds and shows, and whether it can be changed.
const CONTROL = "input, select, textarea, button, [role=combobox], [role=textbox], [role=listbox], [contenteditable]";
const OPERATED = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]):not([type=reset]), select, textarea, " +
  "[contenteditable=''], [contenteditable=true], [role=combobox], [role=textbox], [role=searchbox], [role=spinbutton], [role=listbox]";
// A label's own words, without those of the field in it.
const labelText = (label) => {
  const copy = label.cloneNode(true);
  for (const one of copy.querySelectorAll(CONTROL)) one.remove();
  return plainName(copy.textContent);
};
const fieldName = (field) => labelOf(field) || (field.labels && field.labels.length ? labelText(field.labels[0]) : "") ||
  clean(field.getAttribute("title")) || clean(field.placeholder) || clean(field.name);
const withIn = (box, selector) => [...box.querySelectorAll(selector)];
// Where fields and buttons are looked for: the whole page, its topmost dialog, or the part that a flow works in.
let workplace = "";
tools.workIn = (where) => { workplace = where; return !where || !!workBox(); };
const topDialog = () => all("dialog, [role=dialog], [role=alertdialog], [aria-modal=true]").filter(visible).pop() || null;
const workBox = () => workplace === "dialog" ? topDialog() : placeOf(workplace);
const allHere = (selector) => {
  if (!workplace) return all(selector);
  const box = workBox();
  return box ? within(box, selector) : [];
};
// All that a label is for: a number may be drawn as two inputs of one name that take turns.
const controlsOf = (label) => {
  const id = label.getAttribute("for"), root = label.getRootNode();
  const same = id && root.querySelectorAll ? [...root.querySelectorAll(`#${CSS.escape(id)}`)].filter((one) => one.matches(OPERATED)) : [];
  const control = same.length > 1 ? null : label.control || label.querySelector(OPERATED);
  return control ? [control] : same;
};
const candidates = (label) => {
  const wanted = plainName(label);
  const found = new Set();
  for (const one of allHere("label")) {
    if (labelText(one) !== wanted && plainName(one.textContent) !== wanted) continue;
    for (const control of controlsOf(one)) found.add(control);
  }
  for (const one of allHere("[aria-label], [aria-labelledby]")) {
    if (plainName(labelOf(one)) !== wanted) continue;
    if (one.matches(OPERATED) || one.matches("[role=radiogroup], [role=group]")) found.add(one);
  }
  for (const one of allHere("fieldset")) {
    const legend = one.querySelector(":scope > legend");
    if (legend && plainName(legend.textContent) === wanted) found.add(one);
  }
  if (!found.size) for (const one of allHere(OPERATED)) if (plainName(one.placeholder) === wanted || plainName(one.title) === wanted) found.add(one);
  return [...found];
};
const radios = (box) => withIn(box, "input[type=radio], [role=radio]");
const kindOf = (field) => {
  const tag = field.tagName, type = (field.getAttribute("type") || "text").toLowerCase(), role = field.getAttribute("role");
  if (tag === "SELECT") return field.multiple ? "several" : "select";
  if (tag === "FIELDSET" || role === "radiogroup" || role === "group") return radios(field).length ? "radio" : "group";
  if (tag === "INPUT" && ["checkbox", "radio", "file", "date", "datetime-local", "month", "time", "password", "number", "range", "color"].includes(type)) return type;
  if (tag === "INPUT" || tag === "TEXTAREA") return role === "combobox" || field.getAttribute("aria-autocomplete") ? "lookup" : "text";
  if (role === "combobox" || role === "listbox" || field.getAttribute("aria-haspopup") === "listbox") return "combobox";
  return "rich text";
};
const textOfRadio = (one) => fieldName(one) || clean(one.value);
const valueOf = (field) => {
  switch (kindOf(field)) {
    case "select": return field.selectedOptions[0] ? clean(field.selectedOptions[0].textContent) : "";
    case "radio": { const on = radios(field).find((one) => one.checked || one.getAttribute("aria-checked") === "true"); return on ? textOfRadio(on) : ""; }
    case "checkbox": return field.checked ? "yes" : "no";
    case "file": return [...field.files].map((one) => one.name).join(", ");
    case "combobox": return shown(field);
    case "rich text": return clean(field.innerText);
    default: return field.value;
  }
};
const shownFirst = (found) => { const seen = found.filter(visible); return seen.length ? seen : found; };
tools.field = (label, nothing) => {
  const found = shownFirst(candidates(label));
  return found.length === 1 ? found[0] : nothing;
};
// One row a label: how many fields bear it, and of one its kind, value and whether it can be used.
tools.fields = (labels) => labels.map((label) => {
  const found = shownFirst(candidates(label)), field = found[0];
  if (!field) return { count: 0 };
  return { count: found.length, kind: kindOf(field), value: valueOf(field), raw: field.value === undefined ? "" : String(field.value),
    seen: visible(field), off: !!field.disabled || field.getAttribute("aria-disabled") === "true", locked: !!field.readOnly,
    name: field.name || "", most: field.maxLength > 0 ? field.maxLength : 0,
    options: field.tagName === "SELECT" ? [...field.options].map((one) => clean(one.textContent)).slice(0, 30) : radios(field).map(textOfRadio).slice(0, 30) };
});
// Options that are open now, by their text.
tools.options = () => all("[role=option], [role=listbox] > *").filter(visible).map((one) => shown(one)).filter(Boolean);
tools.option = (text) => {
  const found = all("[role=option]").concat(all("[role=listbox] > *")).filter((one) => visible(one) && shown(one) === clean(text));
  const own = [...new Set(found)].filter((one) => !found.some((other) => other !== one && one.contains(other)));
  return own.length === 1 ? own[0] : null;
};
tools.leave = () => { const at = document.activeElement; if (at && at !== document.body) at.blur(); return true; };
tools.holds = (pairs) => pairs.every(([label, value]) => candidates(label).some((field) => field.value === value));
tools.radio = (label, text) => {
  const box = shownFirst(candidates(label))[0];
  const found = box ? radios(box).filter((one) => textOfRadio(one) === clean(text)) : [];
  return found.length === 1 ? found[0] : null;
};
// What stands under a label on a page that shows and does not ask: an output, a definition, a cell, a field.
const under = (label) => {
  const wanted = plainName(label), found = [];
  for (const one of all("[aria-label], [aria-labelledby]")) if (visible(one) && plainName(labelOf(one)) === wanted) found.push(one);
  for (const one of all("label")) if (visible(one) && labelText(one) === wanted && one.control && !found.includes(one.control)) found.push(one.control);
  if (!found.length) for (const one of all("dt, th[scope=row], th:first-child")) {
    if (!visible(one) || plainName(one.textContent) !== wanted) continue;
    const next = one.nextElementSibling;
    if (next && /^(DD|TD)$/.test(next.tagName)) found.push(next);
  }
  return [...new Set(found)].filter(visible);
};
const isAsked = (one) => one.matches("input, select, textarea");
tools.valuesUnder = (label) => under(label).map((one) => isAsked(one) ? clean(valueOf(one)) : shown(one));
// How a value is to be seen, as a cell is: a plain text, or what else is in it (`cells.js`).
const looksLike = (one) => { lookForDrawn(one); startDrawn(); return isAsked(one) ? "" : readCell(one, ""); };
tools.looksUnder = (label) => under(label).map(looksLike);
tools.looksLike = looksLike;
tools.valueUnder = (label) => { const found = [...new Set(tools.valuesUnder(label))]; return found.length === 1 ? found[0] : null; };
// Labels of a page that shows and does not ask: those of a list of terms, and of rows with a head and one cell.
tools.detailLabels = () => [...new Set(all("dt, th[scope=row]").filter(visible)
  .filter((one) => one.nextElementSibling && /^(DD|TD)$/.test(one.nextElementSibling.tagName)).map((one) => plainName(one.textContent)).filter(Boolean))];
// The button that answers a question: in the dialog that shows these words.
tools.answerButton = (text, name) => {
  const boxes = all("dialog, [role=dialog], [role=alertdialog]").filter((one) => visible(one) && clean(one.textContent).includes(clean(text)));
  const found = boxes.flatMap((box) => within(box, "button, input[type=submit], input[type=button], [role=button], a"))
    .filter((one) => visible(one) && !one.disabled && (clean(one.textContent) === name || labelOf(one) === name || clean(one.value) === name));
  return found[0] || null;
};
