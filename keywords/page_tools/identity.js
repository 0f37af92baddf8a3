// Who the patient is, wherever a page draws it: it is made invisible while a picture is taken, and how many elements
// show it and what can't be looked into is said, to be covered. Sheets are laid as no policy of a page can forbid, and
// no element or focus changes. `visibility` would let a child show itself, so nothing is left to be seen of the whole.
const UNSEEN = "opacity: 0 !important; color: transparent !important; -webkit-text-fill-color: transparent !important; text-shadow: none !important;";
const STILL = "transition: none !important;";
const documentName = Math.random().toString(36);
const hasBox = (one) => { const box = one.getBoundingClientRect(); return box.width > 1 && box.height > 1; };
// A path of selectors to an element of the document itself; null where it stands in a shadow root.
const pathTo = (element) => {
  const steps = [];
  for (let one = element; one !== document.documentElement; one = one.parentElement) {
    if (!one || !one.parentElement) return null;
    steps.unshift(`:nth-child(${[...one.parentElement.children].indexOf(one) + 1})`);
  }
  return [":root", ...steps].join(" > ");
};
tools.pathTo = pathTo;
const below = (root, found = []) => {
  found.push(root);
  for (const one of root.querySelectorAll("*")) if (one.shadowRoot) below(one.shadowRoot, found);
  return found;
};
// Closed roots that are known are ours to cover where their element is now; another document is told of its own.
const closedHere = () => {
  const live = state.closedRoots.map(([host, root]) => [host.deref(), root.deref()]).filter(([host, root]) => host && root && host.isConnected);
  for (const [host, root] of live.filter(([one]) => one.ownerDocument !== document)) {
    const theirs = host.ownerDocument.defaultView && host.ownerDocument.defaultView.__batchwright;
    if (theirs) theirs.knowClosed(host, root);
  }
  return live.filter(([host]) => host.ownerDocument === document);
};
tools.knowClosed = (host, root) => {
  if (!state.closedRoots.some(([one]) => one.deref() === host)) state.closedRoots.push([new WeakRef(host), new WeakRef(root)]);
};
const sheetOf = (selector) => {
  const sheet = new CSSStyleSheet();
  try { sheet.replaceSync(`${selector} { ${UNSEEN} ${STILL} }`); } catch (error) { return null; }
  return sheet.cssRules.length === 1 ? sheet : null;
};
const ofIdentity = (identity) => {
  try { document.querySelector(identity); } catch (error) { return null; }
  const one = `:is(${identity})`;
  return sheetOf([one, `${one} *`, ...["before", "after", "marker", "backdrop"].flatMap((name) => [`${one}::${name}`, `${one} *::${name}`]),
    `${one}::slotted(*)`, `${one} *::slotted(*)`].join(", "));
};
let laid = [];
const lay = (root, sheet) => {
  if (laid.some(([one, own]) => one === root && root.adoptedStyleSheets.includes(own))) return 0;
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  laid.push([root, sheet]);
  return 1;
};
// `elements`: of the document and of every root that can be looked into; `fresh`: how many of these were not covered.
tools.cover = (identity) => {
  const open = below(document), closed = closedHere(), within = closed.flatMap(([, root]) => below(root));
  const sheet = ofIdentity(identity), all = sheetOf(":root"), everything = sheetOf(":host, *, *::before, *::after, ::slotted(*)");
  let fresh = 0;
  for (const root of open) fresh += lay(root, sheet || (root === document ? all : everything));
  for (const root of within) fresh += lay(root, everything);
  const boxes = closed.map(([host]) => { let one = host; while (one && !hasBox(one)) one = one.parentElement; return one && pathTo(one); });
  const elements = [...open, ...within].reduce((sum, root) => sum + root.querySelectorAll("*").length, 0);
  const seen = sheet ? open.reduce((sum, root) => sum + root.querySelectorAll(identity).length, 0) : 0;
  const html = document.documentElement instanceof HTMLElement;
  return { name: documentName, seen, valid: !!sheet, closed: [...new Set(boxes)], html, elements, fresh };
};
tools.uncover = (identity) => {
  const now = tools.cover(identity), roots = laid;
  for (const [, sheet] of roots) for (const rule of sheet.cssRules) rule.style.cssText = STILL;
  for (const [root] of roots) for (const one of root.querySelectorAll("*")) { getComputedStyle(one).opacity; break; }
  if (document.documentElement) document.documentElement.getBoundingClientRect();
  for (const [root, sheet] of roots) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => one !== sheet);
  laid = [];
  return now;
};
// What stands in the document itself and is drawn inside an element that shows the patient in a shadow root.
tools.slotted = (identity) => [...below(document), ...closedHere().flatMap(([, root]) => below(root))]
  .flatMap((root) => [...root.querySelectorAll("slot")].filter((slot) => slot.closest(identity)))
  .flatMap((slot) => slot.assignedNodes({ flatten: true }));
