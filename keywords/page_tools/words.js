// Every word of a page that a site folder may name: headings, tables, fields, buttons, links, questions and counts.
const buttonName = (one) => labelOf(one) || clean(one.textContent) || clean(one.value);
const BUTTONS = "button, [role=button], input[type=submit], input[type=button]";
const BOXES = "dialog, [role=dialog], [role=alertdialog]";
const required = (field) => field.required === true || field.getAttribute("aria-required") === "true";
// The name by which a table is found: its own, that of its region, or the heading that it follows.
const nameOfTable = (table) => {
  const own = tools.tableName(table);
  if (own) return own;
  const region = table.closest("section, [role=region], fieldset, figure");
  if (region && labelOf(region)) return labelOf(region);
  const before = all(HEADING).filter((one) => visible(one) && one.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING);
  return before.length ? shown(before[before.length - 1]) : "";
};
const readAny = (table, identity) => isNative(table) ? readTable(table, identity) : readGrid(table, identity);
const groupOf = (field) => field.matches("input[type=radio], [role=radio]") ? field.closest("fieldset, [role=radiogroup]") : null;
const labelled = (field) => {
  const group = groupOf(field);
  if (!group) return plainName(fieldName(field));
  const legend = group.querySelector(":scope > legend");
  return plainName(legend ? legend.textContent : labelOf(group));
};
const describedField = (field) => ({ label: labelled(field), kind: kindOf(groupOf(field) || field), seen: visible(field), required: required(field),
  name: field.name || "", options: field.tagName === "SELECT" ? [...field.options].map((one) => clean(one.textContent)).slice(0, 30) : [] });
// For whoever listens to a person at work: a field and what it holds, never a password; what a question asks first.
tools.described = (field) => {
  const whole = describedField(field), { label, kind } = whole;
  return { label, kind, options: whole.options, value: kind === "password" ? "" : String(valueOf(groupOf(field) || field)) };
};
tools.says = (box) => within(box, "p, h1, h2, h3, [role=heading]").map((one) => clean(one.textContent)).filter(Boolean)[0] || clean(box.textContent);
tools.facts = () => [
  ...all("dt").filter(visible).filter((one) => one.nextElementSibling && one.nextElementSibling.tagName === "DD").map((one) => [plainName(one.textContent), shown(one.nextElementSibling)]),
  ...all("output[aria-label], [aria-labelledby]").filter((one) => visible(one) && labelOf(one)).map((one) => [plainName(labelOf(one)), shown(one)]),
  ...all("th[scope=row]").filter((one) => visible(one) && one.nextElementSibling).map((one) => [plainName(one.textContent), shown(one.nextElementSibling)]),
].filter(([label, value]) => label && value);
tools.buttonName = (one) => buttonName(one);
tools.words = (identity) => {
  const boxes = all(BOXES);
  const mine = (one) => !identity || !(one.matches(identity) || one.closest(identity));
  return {
    headings: all(HEADING).filter((one) => visible(one) && mine(one)).map((one) => shown(one)).filter(Boolean),
    tables: outermost(all(TABLE).filter(visible)).map((table) => {
      const read = readAny(table, identity);
      return { name: nameOfTable(table), headers: read.headers.map(([own]) => own), rows: read.rows.length };
    }),
    fields: [...new Map(all(OPERATED).map((field) => [groupOf(field) || field, field])).values()].map(describedField).filter((one) => one.label),
    buttons: all(BUTTONS).map((one) => ({ name: buttonName(one), seen: visible(one) })).filter((one) => one.name),
    links: all("a[href]").filter((one) => visible(one) && mine(one)).map((one) => ({ text: clean(one.textContent) || labelOf(one), href: one.href })).filter((one) => one.text),
    questions: boxes.map((box) => ({ text: clean(box.textContent), seen: visible(box),
      says: within(box, "p, h1, h2, h3, [role=heading]").map((one) => clean(one.textContent)).filter(Boolean),
      buttons: within(box, BUTTONS).map(buttonName).filter(Boolean) })),
    counts: [...new Set(pieces(document.body, (one) => NOT_COUNTED.test(one.tagName) || one.matches("dialog, nav") || !mine(one)).join("")
      .split("\n").map(clean).filter((line) => /\d/.test(line) && line.length <= 80))].slice(0, 40),
  };
};
