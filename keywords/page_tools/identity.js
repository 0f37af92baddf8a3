// Who the patient is, wherever a page draws it: how many elements show it, also in closed shadow roots.
tools.identities = (identity) => {
  const hosts = tools.closedHosts().filter((host) => host.isConnected && visible(host));
  return { seen: all(identity).filter((one) => one.checkVisibility(STYLE)).length, closed: hosts.length };
};
tools.closedHost = (at) => tools.closedHosts().filter((host) => host.isConnected && visible(host))[at] || null;
