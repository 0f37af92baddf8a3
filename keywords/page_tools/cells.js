// One cell as a person reads it: a plain text, or an object that says what else is in it.
//   t text, p text with raised signs as powers, f kinds of fields, v their values, i names of pictures, r raised, g drawn by style, h hidden,
//   o how it is drawn otherwise than it stands
const FIELDS = "input:not([type=hidden]):not([type=button]):not([type=submit]), select, textarea, [contenteditable=''], [contenteditable=true], [role=combobox], [role=textbox], [role=switch], [role=checkbox]";
const PICTURES = "img, svg, canvas, picture, object, [role=img], i, span, b, em, div";
const DRAWN = /^(none|normal|""|'')$/;
// Selectors of what style sheets draw before or after an element; null where a sheet can't be looked into.
let drawn;
const drawnBy = () => {
  if (drawn === undefined) {
    const found = [];
    const look = (rules) => [...rules].forEach((rule) => {
      if (rule.cssRules && !rule.selectorText) look(rule.cssRules);
      else if (/:(before|after)/.test(rule.selectorText || "") && rule.style && rule.style.content && !DRAWN.test(rule.style.content))
        found.push(...rule.selectorText.split(",").filter((one) => /:(before|after)/.test(one)).map((one) => one.replace(/::?(before|after)/g, "").trim() || "*"));
    });
    try { [...document.styleSheets].forEach((sheet) => look(sheet.cssRules)); drawn = found; } catch { drawn = null; }
  }
  return drawn;
};
let drawing = false;
const anyDrawn = () => drawing;
// Whether anything is drawn by style in a box; asked once before its cells are read.
const lookForDrawn = (box) => {
  const by = box.getRootNode() === document ? drawnBy() : null;
  drawing = by === null || by.some((one) => { try { return box.matches(one) || !!box.querySelector(one); } catch { return true; } });
};
const drawnText = (element) => ["::before", "::after"].map((part) => getComputedStyle(element, part).content)
  .filter((text) => !DRAWN.test(text)).map((text) => text.replace(/^["']|["']$/g, "")).join("");
const letters = (text) => /[\p{L}\p{N}]/u.test(text);
// The name of what is a picture to whoever looks; null where it is none.
const pictureName = (element) => {
  const tag = element.tagName.toLowerCase();
  const named = labelOf(element) || clean(element.getAttribute("title"));
  if (tag === "img") return element.getAttribute("alt") === "" && !named ? null : named || clean(element.alt);
  if (tag === "svg" || tag === "canvas" || tag === "object" || element.getAttribute("role") === "img") {
    const title = element.querySelector && element.querySelector("title");
    return named || (title ? clean(title.textContent) : "");
  }
  if (element.childElementCount) return null;
  const text = clean(element.textContent);
  if (letters(text)) return null;
  if (named) return named;
  if (text) return null;
  const style = getComputedStyle(element);
  return style.backgroundImage !== "none" || (anyDrawn() && drawnText(element)) ? "" : null;
};
const isField = (element) => element.matches(FIELDS);
const isRaised = (element) => /^(SUP|SUB)$/.test(element.tagName);
const isButton = (element) => element.matches("button, [role=button]");
const readCell = (cell, identity, header) => {
  if (identity && (cell.matches(identity) || cell.querySelector(identity))) return "[masked]";
  if (!cell.checkVisibility(STYLE)) return { t: clean(cell.textContent), h: 1 };
  const read = readSeen(cell);
  const noText = (one) => isField(one) || isRaised(one) || isButton(one) || pictureName(one) !== null;
  const drawnSo = (isMoved(cell, header) ? "moved" : "") || otherwise(cell, noText);
  return drawnSo ? { ...(typeof read === "string" ? { t: read } : read), o: drawnSo } : read;
};
const readSeen = (cell) => {
  if (!cell.childElementCount && !cell.shadowRoot) {
    const text = clean(cell.textContent);
    const more = anyDrawn() ? drawnText(cell) : "";
    return more ? { t: text, g: more } : text;
  }
  const time = cell.querySelector("time[datetime]");
  if (time && visible(time) && shown(cell) === shown(time)) return time.getAttribute("datetime");
  return readMixed(cell);
};
const readMixed = (cell) => {
  const out = {};
  const fields = within(cell, FIELDS).filter(visible);
  if (fields.length) { out.f = fields.map(kindOf); out.v = fields.map(valueOf); }
  const pictures = within(cell, PICTURES).filter((one) => visible(one) && !one.closest("button")).map((one) => [one, pictureName(one)]).filter(([, name]) => name !== null);
  const isPicture = (one) => pictures.some(([element]) => element === one);
  const skip = (one) => isField(one) || isPicture(one);
  let text = shown(cell, (one) => skip(one) || isRaised(one) || isButton(one));
  const raised = within(cell, "sup, sub").filter(visible).map((one) => shown(one)).filter(Boolean);
  if (!text && !raised.length) text = shown(cell, skip);
  out.t = text;
  if (raised.length) { out.r = raised; out.p = powers(cell, skip); }
  const named = pictures.map(([, name]) => name).filter((name) => name || !text);
  if (named.length) out.i = named;
  if (anyDrawn()) {
    const more = [cell, ...within(cell, "*").filter((one) => visible(one) && !isPicture(one))].map(drawnText).join("");
    if (letters(more) || /[-+<>~≤≥.,%]/.test(more)) out.g = more;
  }
  return Object.keys(out).length === 1 ? out.t : out;
};
const powers = (cell, skip) => {
  const parts = [];
  const walk = (node) => {
    for (const one of inside(node)) {
      if (one.nodeType === Node.TEXT_NODE) parts.push(one.data);
      else if (one.nodeType === Node.ELEMENT_NODE && !skip(one) && !gone(one) && !isButton(one) && visible(one)) {
        if (one.tagName === "SUP") parts.push("^");
        if (one.tagName === "SUB") parts.push("_");
        walk(one);
      }
    }
  };
  walk(cell);
  return clean(parts.join(""));
};
// Elements below one, also in open shadow roots.
const within = (box, selector) => {
  const found = [...(box.shadowRoot || box).querySelectorAll(selector)];
  if (!tools.mayHaveRoots()) return found;
  const below = [...box.querySelectorAll("*"), ...(box.shadowRoot ? box.shadowRoot.querySelectorAll("*") : [])];
  if (box.shadowRoot) found.push(...box.querySelectorAll(selector));
  for (const one of below) if (one.shadowRoot) found.push(...within(one.shadowRoot, selector));
  return [...new Set(found)];
};
