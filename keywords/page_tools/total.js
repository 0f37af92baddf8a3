// How many entries a list states, whether it says that there are more, and its links and buttons.
const placeOf = (where) => {
  if (!where) return document.body;
  const same = all("[aria-label], [aria-labelledby], [id]").filter((one) => visible(one) && (labelOf(one) === where || one.id === where));
  if (same.length === 1) return same[0];
  let found = [];
  try { found = all(where).filter(visible); } catch { found = []; }
  return found.length === 1 ? found[0] : null;
};
const NOT_COUNTED = /^(TBODY|SELECT|TEXTAREA|OPTION|INPUT)$/;
const FURTHER = /^[^\n\d]{0,16}(?:of|out of|from|von|de|sur|di|av|af|van|\/)\s*([\d][\d.,'’ ]*)/i;
const number = (text) => Number(text.replace(/[.,'’\s]/g, ""));
const totals = (pattern, where) => {
  const place = placeOf(where);
  if (!place) return { missing: 1, found: [] };
  const text = pieces(place, (one) => NOT_COUNTED.test(one.tagName) || (one.matches("[role=row]") && !one.querySelector("[role=columnheader]"))).join("").replace(/\n\s*/g, "\n");
  const found = [...text.matchAll(new RegExp(pattern, "g"))].map((match) => {
    const at = match.index + match[0].indexOf(match[1]);
    const before = text.slice(Math.max(0, at - 2), at), rest = text.slice(match.index + match[0].length);
    const further = FURTHER.exec(rest);
    const cut = /\d[.,'’\u00a0\u202f ]?$/.test(before) || /^\+/.test(text.slice(at + match[1].length));
    const line = text.slice(text.lastIndexOf("\n", at) + 1).split("\n")[0].trim().slice(0, 80);
    return [match[1], cut || (further && number(further[1]) > number(match[1])) ? 1 : 0, line];
  });
  return { found: [...new Map(found.map((one) => [one[0], one])).values()] };
};
const MORE = /\bscroll (down )?(for|to (load|see|show)) more\b|\b(load|show|view|see) more\b|\bmore (rows|results|entries|records)\b|\bmehr (laden|anzeigen)\b|\bweitere (laden|anzeigen|einträge)\b/i;
const saysMore = (words) => {
  const text = pieces(document.body, (one) => NOT_COUNTED.test(one.tagName)).join("").replace(/\n\s*/g, "\n");
  if (words && words.length) return words.find((one) => text.includes(one)) || "";
  const found = MORE.exec(text);
  return found ? found[0] : "";
};
// What bears a name among links and buttons: addresses, and whether there is a button that can be pressed.
const control = (name) => {
  if (!name) return { links: [], buttons: 0, off: 0 };
  const off = (one) => one.getAttribute("aria-disabled") === "true" || one.disabled || one.classList.contains("disabled");
  const called = (one) => clean(one.textContent) === name || labelOf(one) === name || clean(one.value) === name;
  const found = all("a, button, [role=button], [role=link], input[type=button], input[type=submit]").filter((one) => called(one) && visible(one));
  const usable = found.filter((one) => !off(one));
  const address = (one) => one.tagName === "A" && one.hasAttribute("href") && !/^\s*(#|javascript:)/i.test(one.getAttribute("href")) ? one.href : null;
  return { links: [...new Set(usable.map(address).filter(Boolean))], buttons: usable.filter((one) => !address(one)).length, off: found.length - usable.length };
};
// The words on a button, or, where it bears none, the title of its picture.
const bears = (one, name) => clean(one.textContent) === name || labelOf(one) === name || clean(one.value) === name ||
  (!clean(one.textContent) && !labelOf(one) && clean(one.title) === name);
const pressable = (name) => allHere("a, button, [role=button], [role=link], [role=tab], input[type=button], input[type=submit]")
  .filter((one) => visible(one) && !one.disabled && one.getAttribute("aria-disabled") !== "true" && bears(one, name));
tools.press = (name) => pressable(name)[0] || null;
// What is pressed on the way to a form leads to one place.
tools.pressables = (name) => pressable(name).length;
// The cells that show a text, in rows: by pressing one a row is chosen.
const rowCells = (text) => allHere("td, [role=gridcell], [role=cell]").filter((one) => visible(one) && shown(one) === clean(text));
tools.rowCells = (text) => rowCells(text).length;
tools.rowCell = (text) => { const found = rowCells(text); return found.length === 1 ? found[0] : null; };
tools.saysHere = (text) => { const box = workplace ? workBox() : document.body; return !!box && shown(box).includes(clean(text)); };
tools.controlNamed = (name) => control(name);
