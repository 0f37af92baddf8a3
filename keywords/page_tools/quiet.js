// Whether a page is still busy by itself: requests of its scripts that have no answer yet, timers that are about to
// run, and when its document last changed. A page without scripts of that kind is quiet from the start.
const SOON_MS = 5000;
const STEP_MS = 200;
const state = { data: 0, last: 0, active: 0, streams: 0, timers: new Map(), closedRoots: [], asked: new Map(), onLoad: false };
const touch = () => { state.active += 1; state.last = performance.now(); };
// What the locators call a note (`NOTES`: method, path and hosts, with *) is no data: a page may send it for ever.
const anyOf = (text) => new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`);
const notes = NOTES.map(([method, path, hosts]) => [anyOf(method), anyOf(path), hosts.map(anyOf)]);
const parts = (address) => {
  try {
    const { protocol, hostname, port, pathname } = new URL(String(address), document.baseURI);
    return [pathname, `${protocol}//${hostname}:${port || { "http:": 80, "https:": 443 }[protocol] || 0}`];
  } catch { return [String(address), ""]; }
};
const request = (method, address) => {
  const said = String(method || "GET").toUpperCase(), [path, origin] = parts(address);
  const note = notes.some(([one, own, hosts]) => one.test(said) && own.test(path) && hosts.some((host) => host.test(origin)));
  return { name: `${said} ${path}`, note };
};
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
const answered = new WeakMap();
wrapped(window, "fetch", (plain) => function fetch(...given) {
  const [what, how] = given;
  const whole = window.Request && what instanceof Request;
  const about = request((how && how.method) || (whole && what.method), whole ? what.url : what);
  const answer = plain.apply(this, given);
  answer.then((response) => answered.set(response, about), () => {});
  return counted(answer, about);
});
// A body belongs to the request that its answer was given to, wherever that was sent on to.
wrapped(window.Response && Response.prototype, "clone", (plain) => function () {
  const copy = plain.call(this);
  if (answered.has(this)) answered.set(copy, answered.get(this));
  return copy;
});
for (const name of ["json", "text", "blob", "arrayBuffer", "formData", "bytes"])
  wrapped(window.Response && Response.prototype, name, (plain) => function (...given) { 
    return counted(plain.apply(this, given), { name: "", note: (answered.get(this) || {}).note });
  });
// One may be used again, also while its last answer is told: each sending is counted by itself.
const opened = new WeakMap(), sending = new WeakMap();
const over = (xhr) => { const done = sending.get(xhr); sending.delete(xhr); if (done) done(); };
const ended = ({ target }) => { if (target.readyState === 0 || target.readyState === 4) over(target); };
wrapped(window.XMLHttpRequest && XMLHttpRequest.prototype, "open", (plain) => function (method, address, ...given) {
  const opening = plain.call(this, method, address, ...given);
  over(this);
  opened.set(this, request(method, address));
  return opening;
});
wrapped(window.XMLHttpRequest && XMLHttpRequest.prototype, "send", (plain) => function (...given) {
  if (this.readyState !== 1 || sending.has(this)) return plain.apply(this, given); // it fails, and sends nothing
  this.addEventListener("loadend", ended);
  sending.set(this, begun(opened.get(this) || request("GET", location.href)));
  try { return plain.apply(this, given); } catch (error) { over(this); throw error; }
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
// What begins when everything is loaded (`import()`, a script) shows in no timer: such a page is looked at twice.
window.addEventListener("pageshow", () => { if (state.onLoad || window.onload) touch(); }, { once: true });
wrapped(EventTarget.prototype, "addEventListener", (plain) => function (kind, ...given) {
  if (kind === "load" && (this === window || this === undefined)) state.onLoad = true;
  return plain.call(this, kind, ...given);
});

// `timers`: whether timers count; a page with a pulse always has one.
tools.quiet = (timers = true) => {
  const now = performance.now();
  const loading = document.readyState === "loading" ||
    (document.readyState !== "complete" && (state.onLoad || !!window.onload || !!document.querySelector("script[src]")));
  const due = timers && [...state.timers.values()].some((at) => at - now < SOON_MS);
  const resting = !state.active || now - state.last > 120;
  return { quiet: !loading && !state.data && !due && resting, active: state.active > 0 || state.streams > 0,
    data: state.data, streams: state.streams, stamp: state.active, asks: [...state.asked].sort((one, other) => other[1] - one[1])[0] };
};
