// What a person sees of an element: its text without what is hidden, struck out or meant for others than eyes.
const clean = (text) => (text || "").replace(/[\u200b\u200c\u200d\u2060\ufeff\u00ad]/g, "").replace(/\s+/g, " ").trim();
const STYLE = { opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: false };
const visible = (element) => {
  if (!element.checkVisibility || !element.checkVisibility(STYLE)) return false;
  const box = element.getBoundingClientRect();
  if (box.width <= 1 && box.height <= 1) return false;
  return !beyond(box) || !putAside(element);
};
const beyond = (box) => box.right + scrollX <= 0 || box.bottom + scrollY <= 0;
const above = (one) => one.parentElement || one.getRootNode().host || null;
// Whether an element, or what it stands in, was placed beyond the left or upper edge of the page, by whichever means;
// what was scrolled there within a part of the page was not.
const putAside = (element) => {
  let placed = false;
  for (let one = element; one && beyond(one.getBoundingClientRect()); one = above(one)) {
    const style = getComputedStyle(one), outer = above(one);
    if (outer && outer !== document.body && outer !== document.documentElement && (outer.scrollLeft || outer.scrollTop)) return false;
    placed = placed || style.position !== "static" || style.transform !== "none" || style.translate !== "none";
  }
  return placed;
};
const gone = (element) => /^(DEL|S|STRIKE|SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(element.tagName) ||
  getComputedStyle(element).textDecorationLine.includes("line-through");
const BLOCK = /^(DIV|P|LI|UL|OL|DL|DT|DD|TR|TD|TH|TABLE|SECTION|ARTICLE|HEADER|FOOTER|H[1-6]|BR|LABEL|OPTION|FIELDSET|LEGEND)$/;
const inside = (node) => node.shadowRoot ? node.shadowRoot.childNodes : node.tagName === "SLOT" && node.assignedNodes().length ? node.assignedNodes() : node.childNodes;
// Pieces of visible text below an element; `pass` leaves elements out.
const pieces = (node, pass, out = []) => {
  for (const one of inside(node)) {
    if (one.nodeType === Node.TEXT_NODE) out.push(one.data.replace(/\s+/g, " "));
    else if (one.nodeType === Node.ELEMENT_NODE && !(pass && pass(one)) && !gone(one) && (visible(one) || hasSize(one))) {
      const apart = BLOCK.test(one.tagName) || !getComputedStyle(one).display.startsWith("inline");
      if (apart) out.push("\n");
      pieces(one, pass, out);
      if (apart) out.push("\n");
    }
  }
  return out;
};
// An element without a box of its own (an empty wrapper, `display: contents`) may hold some that have one.
const hasSize = (element) => {
  if (!element.checkVisibility(STYLE)) return false;
  const style = getComputedStyle(element);
  const open = style.display === "contents" || (style.overflow === "visible" && style.clip === "auto" && style.clipPath === "none");
  return open && (style.display === "contents" || [...element.children].some((one) => visible(one) || hasSize(one)));
};
const shown = (element, pass) => clean(pieces(element, pass).join(""));
// The document and every open shadow root in it.
const roots = () => {
  const found = [document];
  for (let at = 0; at < found.length; at += 1)
    for (const element of found[at].querySelectorAll("*")) if (element.shadowRoot) found.push(element.shadowRoot);
  return found;
};
const all = (selector) => {
  if (!tools.mayHaveRoots()) return [...document.querySelectorAll(selector)];
  return roots().flatMap((root) => [...root.querySelectorAll(selector)]);
};
let hosts = null;
tools.mayHaveRoots = () => {
  if (hosts === null || hosts.stamp !== state.active)
    hosts = { stamp: state.active, any: [...document.querySelectorAll("*")].some((one) => one.shadowRoot) };
  return hosts.any;
};
const byId = (element, id) => { const root = element.getRootNode(); return root.getElementById ? root.getElementById(id) : null; };
const labelledBy = (element) => clean((element.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean)
  .map((id) => byId(element, id)).filter(Boolean).map((one) => one.textContent).join(" "));
const labelOf = (element) => labelledBy(element) || clean(element.getAttribute("aria-label"));
const plainName = (text) => clean(text).replace(/[\s:*]+$/, "");
