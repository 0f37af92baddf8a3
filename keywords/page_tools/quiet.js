// Whether a page is still busy by itself: requests of its scripts that have no answer yet, timers that are about to
// run, and when its document last changed. A page without scripts of that kind is quiet from the start.
const SOON_MS = 5000;
const STEP_MS = 200;
const state = { data: 0, last: 0, active: 0, streams: 0, timers: new Map(), closedRoots: [], asked: new Map() };
const touch = () => { state.active += 1; state.last = performance.now(); };
// What the locators call a note (`NOTES`: method and path, with *) is no data: a page may send it for ever.
const anyOf = (text) => new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`);
const notes = NOTES.map(([method, path]) => [anyOf(method), anyOf(path)]);
const pathOf = (address) => {
  try { return new URL(String(address), document.baseURI).pathname; } catch { return String(address); }
};
const request = (method, address) => {
  const said = String(method || "GET").toUpperCase(), path = pathOf(address);
  return { name: `${said} ${path}`, note: notes.some(([one, own]) => one.test(said) && own.test(path)) };
};
const body = (address) => ({ name: "", note: notes.some(([, own]) => own.test(pathOf(address))) });
const begun = ({ name, note }) => {
  if (note) return () => {};
  if (name) state.asked.set(name, (state.asked.get(name) || 0) + 1);
  state.data += 1;
  touch();
  return () => { state.data -= 1; touch(); };
};
const counted = (promise, about) => {
  const done = begun(about);
  promise.then(done, done);
  return promise;
};
const wrapped = (owner, name, make) => {
  const plain = owner && owner[name];
  if (typeof plain === "function") owner[name] = make(plain);
};
wrapped(window, "fetch", (plain) => function fetch(...given) {
  const [what, how] = given;
  const whole = window.Request && what instanceof Request;
  return counted(plain.apply(this, given), request((how && how.method) || (whole && what.method), whole ? what.url : what));
});
for (const name of ["json", "text", "blob", "arrayBuffer", "formData", "bytes"])
  wrapped(window.Response && Response.prototype, name, (plain) => function (...given) { return counted(plain.apply(this, given), body(this.url)); });
const opened = new WeakMap();
wrapped(window.XMLHttpRequest && XMLHttpRequest.prototype, "open", (plain) => function (method, address, ...given) {
  opened.set(this, request(method, address));
  return plain.call(this, method, address, ...given);
});
wrapped(window.XMLHttpRequest && XMLHttpRequest.prototype, "send", (plain) => function (...given) {
  this.addEventListener("loadend", begun(opened.get(this) || request("GET", location.href)), { once: true });
  return plain.apply(this, given);
});
wrapped(window, "setTimeout", (plain) => function (work, delay, ...given) {
  if (typeof work !== "function") return plain.call(this, work, delay, ...given);
  const number = plain.call(this, (...late) => { state.timers.delete(number); work(...late); }, delay, ...given);
  if (!(delay > SOON_MS)) state.timers.set(number, performance.now() + (Number(delay) || 0));
  return number;
});
// What fills a page step by step has not begun before it ran first; a slow beat may never end, and is not waited for.
wrapped(window, "setInterval", (plain) => function (work, delay, ...given) {
  if (typeof work !== "function" || delay > STEP_MS) return plain.call(this, work, delay, ...given);
  const number = plain.call(this, (...late) => { state.timers.delete(number); work(...late); }, delay, ...given);
  state.timers.set(number, performance.now() + (Number(delay) || 0));
  return number;
});
wrapped(window, "clearInterval", (plain) => function (number) { state.timers.delete(number); return plain.call(this, number); });
wrapped(window, "clearTimeout", (plain) => function (number) { state.timers.delete(number); return plain.call(this, number); });
for (const name of ["EventSource", "WebSocket", "Worker"])
  if (typeof window[name] === "function")
    window[name] = new Proxy(window[name], { construct(target, given, made) { state.streams += 1; return Reflect.construct(target, given, made); } });
wrapped(Element.prototype, "attachShadow", (plain) => function (options) {
  const root = plain.call(this, options);
  if (options && options.mode === "closed") state.closedRoots.push([new WeakRef(this), new WeakRef(root)]);
  watch(root);
  return root;
});
const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ["class", "style", "hidden", "aria-busy", "aria-hidden", "disabled", "open"] };
const watch = (root) => new MutationObserver(touch).observe(root, WATCHED);
document.addEventListener("DOMContentLoaded", () => watch(document), { once: true });

// `timers`: whether timers count; a page with a pulse always has one.
tools.quiet = (timers = true) => {
  const now = performance.now();
  const loading = document.readyState === "loading" || (document.readyState !== "complete" && !!document.querySelector("script[src]"));
  const due = timers && [...state.timers.values()].some((at) => at - now < SOON_MS);
  const resting = !state.active || now - state.last > 120;
  return { quiet: !loading && !state.data && !due && resting, active: state.active > 0 || state.streams > 0,
    data: state.data, streams: state.streams, stamp: state.active, asks: [...state.asked].sort((one, other) => other[1] - one[1])[0] };
};
tools.closedHosts = () => state.closedRoots.map(([host]) => host.deref()).filter(Boolean);
