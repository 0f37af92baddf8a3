"use strict";
// Benchview's client: one page for every address. It asks by JSON over POST, draws only the rows that are in view, saves
// what is typed as a draft, says "saved" before the server has answered, and hears of news over a web socket.
const ROW_PX = 28, SEEN_PX = 448, AROUND = 4, ASKED_AT_ONCE = 50, DRAFT_MS = 300, SOCKET_MS = 6000;
const LISTS = {
  samples: { caption: "Samples", filters: { batch: "Batch" } },
  results: { caption: "Results", filters: { batch: "Batch", test: "Test" } },
  requests: { caption: "Requests", filters: { our_reference: "Our reference", batch: "Batch" } },
};
const FIELDS = { our_reference: "Our reference", batch: "Batch", sample_id: "Sample", test: "Test", reason: "Reason" };
const head = document.querySelector("[data-head]"), view = document.querySelector("[data-view]"), news = document.querySelector("[data-news]");
let token = "", calls = 0, showing = 0, onNews = () => {};

const make = (tag, attributes = {}, ...children) => {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
    else if (value !== false) one.setAttribute(name, value === true ? "" : value);
  }
  one.append(...children);
  return one;
};
const pause = (ms) => new Promise((go) => { setTimeout(go, ms); });
const day = (text) => {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : make("time", { datetime: text }, `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`);
};
class LoggedOut extends Error {}
class Refused extends Error {}

// What is asked for; `again` says how often once more where the server is not well: never for what changes something.
const ask = async (method, path, body, again = 2) => {
  for (let turn = 0; ; turn += 1) {
    let answer = null;
    try {
      answer = await fetch(path, { method, headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
    } catch { /* no answer */ }
    if (answer && answer.status < 500) return answer;
    if (turn >= again) throw new Error(answer ? `the server answered ${answer.status}` : "the server gave no answer");
    await pause(250 * (turn + 1));
  }
};
let refreshing = null;
const refresh = () => {
  refreshing = refreshing || (async () => {
    const answer = await ask("POST", "/auth/refresh", {});
    if (!answer.ok) throw new LoggedOut();
    taken(await answer.json());
  })().finally(() => { refreshing = null; });
  return refreshing;
};
let ahead = 0;
const taken = (said) => {
  token = said.token;
  clearTimeout(ahead);
  if (said.lifetime_s >= 10) ahead = setTimeout(() => refresh().catch(() => {}), said.lifetime_s * 800);
  drawHead(said.user);
};
const known = async (method, path, body, again) => {
  const answer = await ask(method, path, body, again);
  if (answer.status !== 401) return answer;
  await refresh();
  return ask(method, path, body, again);
};
const call = async (method, params, again = 2) => {
  const answer = await known("POST", "/rpc", { jsonrpc: "2.0", id: (calls += 1), method, params }, again);
  if (answer.status === 401) throw new LoggedOut();
  const said = await answer.json();
  if (said.error) throw new Refused(said.error.message);
  return said.result;
};

const drawHead = (user) => {
  if (!head.hidden) return;
  head.hidden = false;
  const to = (path, text) => make("a", { href: path }, text);
  const leave = async () => { await ask("POST", "/auth/logout", {}); location.assign("/"); };
  head.replaceChildren(make("b", {}, "benchview"), make("nav", {}, to("/samples", "Samples"), to("/results", "Results"), to("/requests", "Requests"),
    to("/requests/new", "New request")), make("span", {}, user), make("button", { type: "button", onclick: leave }, "Log out"));
  listen();
};
const listen = () => {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live`);
  socket.addEventListener("message", ({ data }) => onNews(JSON.parse(data).changed));
  socket.addEventListener("close", () => setTimeout(listen, SOCKET_MS));
};
const tell = (role, text) => { news.replaceChildren(...(text ? [make("p", { role }, text)] : [])); };

const logIn = () => {
  head.hidden = true;
  const user = make("input", { name: "user", autocomplete: "username" }), password = make("input", { name: "password", type: "password" });
  const send = async (event) => {
    event.preventDefault();
    const answer = await ask("POST", "/auth/login", { user: user.value, password: password.value }).catch((error) => error);
    if (answer instanceof Error || !answer.ok) return tell("alert", answer instanceof Error ? `Nobody was logged in: ${answer.message}.` : "User name or password is wrong.");
    tell("status", "");
    taken(await answer.json());
    show();
  };
  view.replaceChildren(make("h1", {}, "Benchview"), make("form", { class: "login", onsubmit: send },
    make("label", {}, "User name ", user), make("label", {}, "Password ", password), make("button", {}, "Log in")));
};

// A list: its head and the rows in view are drawn, the others are asked for when they are scrolled to.
const listView = (name, mine) => {
  const { caption, filters } = LISTS[name], asked = new URLSearchParams(location.search);
  const inputs = Object.fromEntries(Object.keys(filters).map((key) => [key, make("input", { name: key, value: asked.get(key) || "" })]));
  const values = () => Object.fromEntries(Object.entries(inputs).map(([key, one]) => [key, one.value.trim()]));
  const count = make("p", { class: "entries" }), heads = make("div", { role: "row", "aria-rowindex": 1, class: "heads" });
  const body = make("div", { class: "rows", role: "rowgroup", tabindex: 0 }), wrong = make("div");
  const grid = make("div", { role: "grid", "aria-label": caption, "aria-busy": "true" }, heads, body);
  let rows = new Map(), asks = new Set(), columns = [], total = null, shownFor = values(), turn = 0;
  const linked = (link, text) => make("a", { href: `${link}/${encodeURIComponent(text)}` }, text);
  const cell = (row, { key, link, kind }, at) => make("div", { role: "gridcell", "aria-colindex": at + 1 }, link ? linked(link, row[key]) : kind === "time" ? day(row[key]) : row[key]);
  const draw = () => {
    const from = Math.max(0, Math.floor(body.scrollTop / ROW_PX) - AROUND), upto = Math.min(total ?? 1, from + Math.ceil(SEEN_PX / ROW_PX) + 2 * AROUND);
    for (let at = from - (from % ASKED_AT_ONCE); at < upto; at += ASKED_AT_ONCE) if (!rows.has(at)) load(at);
    grid.setAttribute("aria-busy", String(asks.size > 0));
    if (total === null) return;
    heads.replaceChildren(...columns.map((one, at) => make("div", { role: "columnheader", "aria-colindex": at + 1 }, one.header)));
    const lines = [];
    for (let at = from; at < upto; at += 1) {
      const row = rows.get(at);
      if (row) lines.push(make("div", { role: "row", "aria-rowindex": at + 2 }, ...columns.map((one, n) => cell(row, one, n))));
    }
    const room = (high) => make("div", { style: `height:${high}px` });
    body.replaceChildren(room(from * ROW_PX), ...lines, room(Math.max(0, total - from - lines.length) * ROW_PX));
    grid.setAttribute("aria-rowcount", total + 1);
    count.textContent = `${total.toLocaleString("en")} ${total === 1 ? "entry" : "entries"}`;
  };
  const load = async (offset) => {
    if (asks.has(offset)) return;
    const now = turn;
    asks.add(offset);
    try {
      const said = await call("lists.page", { list: name, filters: shownFor, offset, limit: ASKED_AT_ONCE });
      if (now !== turn || mine !== showing) return;
      ({ columns, total } = said);
      said.rows.forEach((row, at) => rows.set(offset + at, row));
      if (!said.rows.length) rows.set(offset, null);
      asks.delete(offset);
      draw();
    } catch (error) {
      if (now === turn && mine === showing) failed(error, wrong);
    }
  };
  const afresh = () => { turn += 1; rows = new Map(); asks = new Set(); draw(); };
  const search = (event) => {
    event.preventDefault();
    shownFor = values();
    const said = new URLSearchParams(Object.entries(shownFor).filter(([, value]) => value));
    history.pushState(null, "", `${location.pathname}${said.size ? `?${said}` : ""}`);
    body.scrollTop = 0;
    total = null;
    count.textContent = "";
    afresh();
  };
  const save = async () => {
    const { name: file, text } = await call("lists.export", { list: name, filters: shownFor });
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: file });
    link.click();
  };
  body.addEventListener("scroll", draw);
  onNews = (changed) => { if (changed === name && mine === showing) afresh(); };
  view.replaceChildren(make("h1", {}, caption), make("form", { class: "filter", onsubmit: search },
    ...Object.entries(filters).map(([key, label]) => make("label", {}, `${label} `, inputs[key])), make("button", {}, "Search"),
    make("button", { type: "button", onclick: () => save().catch((error) => failed(error, wrong)) }, "Export CSV")), wrong, count, make("div", { class: "frame" }, grid));
  draw();
};

const sampleView = async (number, mine) => {
  const one = await call("samples.get", { sample_id: number });
  if (mine !== showing) return;
  const facts = [["Sample", one.sample_id], ["Batch", one.batch], ["Kind", one.type], ["State", one.status], ["Received", day(one.received_at)]];
  const who = [["Patient", one.patient_name], ["Born", one.birth_date]];
  const pair = (more) => ([label, value]) => [make("dt", {}, label), make("dd", more, value)];
  view.replaceChildren(make("h1", {}, `Sample ${one.sample_id}`), make("dl", {}, ...facts.flatMap(pair({})), ...who.flatMap(pair({ "data-field-class": "identity" }))));
};

// A drop-down that is drawn: a box that says what is chosen, and a list that opens below it.
const choice = (label, options, value, changed) => {
  const box = make("div", { role: "combobox", tabindex: 0, "aria-label": label, "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": "choices" }, value);
  const close = () => { box.setAttribute("aria-expanded", "false"); open.remove(); };
  const pick = (text) => () => { box.textContent = text; close(); changed(); };
  const open = make("div", { role: "listbox", id: "choices", "aria-label": label }, ...options.map((text) => make("div", { role: "option", onclick: pick(text) }, text)));
  box.addEventListener("click", () => {
    if (open.isConnected) return close();
    box.setAttribute("aria-expanded", "true");
    box.after(open);
  });
  return box;
};
const formView = async (mine, values = null, complaint = "") => {
  const [draft, tests] = await Promise.all([values || call("drafts.get", {}), call("tests.list", {})]);
  if (mine !== showing) return;
  let due = 0;
  const inputs = {};
  const held = () => Object.fromEntries(Object.entries(inputs).map(([key, one]) => [key, one.value === undefined ? one.textContent : one.value]));
  const note = make("p", { class: "entries" });
  const keep = () => {
    clearTimeout(due);
    due = setTimeout(async () => {
      const answer = await known("PUT", "/drafts/request", held()).catch(() => null);
      if (mine === showing) note.textContent = answer && answer.ok ? "Draft saved" : "Draft not saved";
    }, DRAFT_MS);
  };
  const lines = Object.entries(FIELDS).map(([key, label]) => {
    if (key === "test") return make("div", { class: "line" }, make("span", {}, label), inputs[key] = choice(label, tests, draft[key] || "", keep));
    return make("label", {}, `${label} `, inputs[key] = make("input", { name: key, value: draft[key] || "", oninput: keep }));
  });
  const question = make("dialog", { "aria-label": "Send this request?" }, make("p", {}, "Send this request?"),
    make("button", { type: "button", onclick: () => { question.close(); clearTimeout(due); send(held()); } }, "Confirm"),
    make("button", { type: "button", onclick: () => question.close() }, "Back"));
  view.replaceChildren(make("h1", {}, "New request"), make("div", complaint ? { role: "alert" } : {}, complaint),
    make("div", { class: "card" }, ...lines, note, make("button", { type: "button", onclick: () => question.showModal() }, "Send request")), question);
};
// Says that it is saved, and takes that back where the server thinks otherwise.
const send = async (values) => {
  const mine = (showing += 1), number = make("output", { "aria-label": "Request number" }, "…");
  onNews = () => {};
  view.replaceChildren(make("h1", {}, "Request saved"), make("dl", {}, make("dt", {}, "Request number"), make("dd", {}, number),
    ...Object.entries(FIELDS).flatMap(([key, label]) => [make("dt", {}, label), make("dd", {}, values[key])])));
  try {
    const said = await call("requests.create", values, 0);
    number.textContent = said.number;
  } catch (error) {
    if (error instanceof LoggedOut) return logIn();
    await formView(mine, values, error instanceof Refused ? `The request was not saved: ${error.message}` : `The request may not have been saved: ${error.message}.`);
  }
};

const failed = (error, where) => {
  if (error instanceof LoggedOut) return logIn();
  where.replaceChildren(make("p", { role: "alert" }, error instanceof Refused ? error.message : `This can't be shown: ${error.message}.`));
};
const show = async () => {
  const mine = (showing += 1), path = location.pathname, sample = /^\/samples\/(.+)$/.exec(path);
  onNews = () => {};
  tell("status", "");
  try {
    if (!token) await refresh();
    if (path === "/requests/new") await formView(mine);
    else if (sample) await sampleView(decodeURIComponent(sample[1]), mine);
    else listView(path.slice(1) in LISTS ? path.slice(1) : "samples", mine);
  } catch (error) {
    if (mine === showing) failed(error, view);
  }
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/']");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  show();
});
addEventListener("popstate", show);
show();
