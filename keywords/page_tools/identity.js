// Who the patient is, wherever a page draws it: how many elements show it, and what can't be looked into and is covered.
const hasBox = (one) => { const box = one.getBoundingClientRect(); return box.width > 1 && box.height > 1; };
// A path of selectors to an element of the document itself; null where it stands in a shadow root.
const pathTo = (element) => {
  const steps = [];
  for (let one = element; one !== document.documentElement; one = one.parentElement) {
    if (!one.parentElement) return null;
    steps.unshift(`:nth-child(${[...one.parentElement.children].indexOf(one) + 1})`);
  }
  return ["html", ...steps].join(" > ");
};
tools.identities = (identity) => {
  const hosts = tools.closedHosts().filter((host) => host.isConnected && host.checkVisibility(STYLE));
  const covered = hosts.map((host) => { let one = host; while (!hasBox(one) && one.parentElement) one = one.parentElement; return pathTo(one); });
  return { seen: all(identity).filter((one) => one.checkVisibility(STYLE)).length, closed: covered };
};
