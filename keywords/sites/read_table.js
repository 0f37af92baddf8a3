// Reads one table of the page in one go: found by its caption, cells by header, identity masked before it leaves the page.
([caption, identity, next, exporting, total]) => {
  const clean = (text) => (text || "").replace(/\s+/g, " ").trim();
  const table = [...document.querySelectorAll("table")].find((t) => t.caption && clean(t.caption.textContent) === caption);
  if (!table) return null;
  const headers = [...table.querySelectorAll("thead th")].map((th) => clean(th.textContent));
  const read = (cell) => {
    if (cell.matches(identity) || cell.querySelector(identity)) return "[masked]";
    const time = cell.querySelector("time[datetime]");
    return time ? time.getAttribute("datetime") : clean(cell.textContent);
  };
  const body = [...table.tBodies].flatMap((part) => [...part.rows]).filter((row) => row.cells.length === headers.length);
  const links = [...document.querySelectorAll("a[href]")].filter((a) => a.getAttribute("aria-disabled") !== "true");
  const href = (text) => (links.find((a) => clean(a.textContent) === text) || {}).href || null;
  const stated = new RegExp(total).exec(document.body.textContent);
  return {
    headers,
    rows: body.map((row) => [...row.cells].map(read)),
    links: body.map((row) => Object.fromEntries([...row.querySelectorAll("a[href]")].map((a) => [clean(a.textContent), a.href]))),
    total: stated ? stated[1] : null,
    next: href(next),
    export: href(exporting),
  };
}
