// Whether a cell is drawn otherwise than its text stands in the page. What a person can't read there is not read either.
//   The answer is one of "cut", "faint", "folded", "moved", "overlaid", "turned"; nothing where text and picture agree.
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const NOTHING_LEFT = /inset\((?:[5-9]\d|100)(?:\.\d+)?%|(?:circle|ellipse)\(0|polygon\((?:0[a-z%]* 0[a-z%]*,? ?)+\)/;
const LEAST_PX = 3, LEAST_SEEN = 0.6, LEAST_ALPHA = 0.1;
const alphaOf = (colour) => {
  if (colour.startsWith("rgb(")) return 1;
  const parts = colour.match(/[\d.]+/g) || [];
  return parts.length > 3 ? Number(parts[3]) : 1;
};
// What many cells of one list share, looked at once for each of its readings.
let grounds = new Map(), headers = new Map();
const startDrawn = () => { grounds = new Map(); headers = new Map(); };
const asItStands = (one) => !anyDrawn() || ["::before", "::after"].every((part) => DRAWN.test(getComputedStyle(one, part).content));
// The colour behind a text; null where a picture or what a style draws may lie there.
const groundOf = (element) => {
  if (!element) return "rgb(255, 255, 255)";
  if (grounds.has(element)) return grounds.get(element);
  const style = getComputedStyle(element), colour = style.backgroundColor, alpha = alphaOf(colour);
  const own = style.backgroundImage !== "none" || !asItStands(element) ? null : alpha > 0.9 ? colour : alpha > 0 ? null : undefined;
  const found = own === undefined ? groundOf(above(element)) : own;
  grounds.set(element, found);
  return found;
};
const isFaint = (element, style) => {
  const ink = style.webkitTextFillColor || style.color;
  return alphaOf(ink) < LEAST_ALPHA || (style.webkitTextSecurity || "none") !== "none" || ink === groundOf(element);
};
// What the style of an element does to all that it holds.
const harm = (one, style) => {
  if (style.contentVisibility === "hidden") return "folded";
  if (NOTHING_LEFT.test(style.clipPath)) return "cut";
  const faded = /opacity\(([\d.]+)\)/.exec(style.filter), blurred = /blur\(([\d.]+)px\)/.exec(style.filter);
  if ((faded && Number(faded[1]) < LEAST_ALPHA) || (blurred && Number(blurred[1]) >= LEAST_PX)) return "faint";
  if (style.transform === "none") return "";
  const [a, b, c, d] = new DOMMatrix(style.transform).toFloat64Array().filter((_, at) => [0, 1, 4, 5].includes(at));
  return a < 0 || d < 0 || Math.abs(b) > 0.1 || Math.abs(c) > 0.5 ? "turned" : "";
};
// How much of a box is left of it by those around it that cut off what is too large; by ellipses people see that it goes on.
const partSeen = (box, clips) => {
  let [left, right, top, bottom] = [box.left, box.right, box.top, box.bottom];
  for (const [one, across, down] of clips) {
    if (across) { left = Math.max(left, one.left); right = Math.min(right, one.right); }
    if (down) { top = Math.max(top, one.top); bottom = Math.min(bottom, one.bottom); }
  }
  const size = box.width * box.height;
  return size ? (Math.max(0, right - left) * Math.max(0, bottom - top)) / size : 1;
};
const cuts = (overflow) => overflow === "hidden" || overflow === "clip";
// The elements from a text up to its cell: what speaks against them, and which of them cut.
const around = (element, cell) => {
  const clips = [];
  for (let one = element; one; one = above(one)) {
    const style = getComputedStyle(one), found = harm(one, style);
    if (found) return { found, clips };
    if (one.tagName === "DETAILS" && !one.open && !element.closest("summary")) return { found: "folded", clips };
    const across = cuts(style.overflowX) && style.textOverflow === "clip", down = cuts(style.overflowY) && style.webkitLineClamp === "none";
    if (across || down) clips.push([one.getBoundingClientRect(), across, down]);
    if (one === cell) break;
  }
  return { found: "", clips };
};
const textsOf = (node, pass, out = []) => {
  for (const one of inside(node)) {
    if (one.nodeType === Node.TEXT_NODE) { if (clean(one.data)) out.push(one); }
    else if (one.nodeType === Node.ELEMENT_NODE && !pass(one) && !gone(one) && (visible(one) || hasSize(one))) textsOf(one, pass, out);
  }
  return out;
};
const range = document.createRange();
const boxOf = (node, from, to) => { range.setStart(node, from); range.setEnd(node, to); return range.getBoundingClientRect(); };
const sameLine = (one, other) => Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > Math.min(one.height, other.height) / 2;
const overlap = (one, other) => Math.max(0, Math.min(one.right, other.right) - Math.max(one.left, other.left)) * Math.max(0, Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top));
const SIGN = /[\p{L}\p{N}\p{P}\p{S}]/gu;
const TURNS = /[\u202a-\u202e\u2066-\u2069]/; // signs that turn a text: what they do is refused by its value
const ofText = (node, cell, place) => {
  const signs = [...node.data.matchAll(SIGN)];
  if (!signs.length) return { found: "" };
  const element = node.parentElement || cell, style = getComputedStyle(element);
  if (isFaint(element, style)) return { found: "faint" };
  const { found, clips } = around(element, cell);
  if (found) return { found };
  const [begin, end] = [signs[0], signs[signs.length - 1]], ends = end.index + end[0].length;
  const first = boxOf(node, begin.index, begin.index + begin[0].length), last = boxOf(node, end.index, ends);
  if (!first.height && !last.height) return { found: "folded" };
  if (first.height < LEAST_PX || last.height < LEAST_PX || !first.width || !last.width) return { found: "faint" };
  const box = boxOf(node, begin.index, ends);
  if (box.right + scrollX <= 0 || partSeen(box, clips) < LEAST_SEEN) return { found: "cut" };
  if (place.width && (first.right <= place.left || first.left >= place.right)) return { found: "moved" };
  const turned = FROM_RIGHT.test(node.data) || TURNS.test(node.data);
  if (!turned && sameLine(first, last) && last.left < first.left - 1) return { found: "turned" };
  return { found: "", first, last, box, turned };
};
// Whether a cell is a text alone, from left to right, that nothing moves or cuts: its style says all there is to say.
const isPlain = (cell, style) => !cell.childElementCount && !cell.shadowRoot && style.direction === "ltr" && style.unicodeBidi !== "bidi-override" &&
  style.unicodeBidi !== "isolate-override" && style.textIndent === "0px" && !style.letterSpacing.startsWith("-") && !style.wordSpacing.startsWith("-") &&
  parseFloat(style.fontSize) > LEAST_PX && !FROM_RIGHT.test(cell.textContent) && (style.overflow === "visible" ||
  (cell.scrollWidth <= cell.clientWidth + 1 && cell.scrollHeight <= cell.clientHeight + 1));
// Whether the text of a cell is drawn otherwise; `pass` leaves out what is no text of it.
const otherwise = (cell, pass) => {
  const style = getComputedStyle(cell);
  if (isPlain(cell, style)) return isFaint(cell, style) ? "faint" : harm(cell, style);
  const place = cell.getBoundingClientRect();
  let before = null;
  for (const node of textsOf(cell, pass)) {
    const here = ofText(node, cell, place);
    if (here.found) return here.found;
    if (!here.box) continue;
    if (before && !before.turned && !here.turned) {
      if (overlap(before.box, here.box) > 0.4 * Math.min(before.box.width * before.box.height, here.box.width * here.box.height)) return "overlaid";
      if (sameLine(before.last, here.first) && here.first.left < before.last.left - 1) return "turned";
    }
    before = here;
  }
  return "";
};
// Whether a cell is drawn below another header than its own.
const isMoved = (cell, header) => {
  if (!header || cell.colSpan > 1 || header.colSpan > 1) return false;
  if (!headers.has(header)) headers.set(header, visible(header) ? header.getBoundingClientRect() : null);
  const one = cell.getBoundingClientRect(), own = headers.get(header);
  if (!own) return false;
  const shared = Math.min(one.right, own.right) - Math.max(one.left, own.left);
  return shared < Math.min(one.width, own.width) / 2;
};
