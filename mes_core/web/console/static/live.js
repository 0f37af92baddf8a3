// Follows the stream of a work item. The server words what is shown; a lost stream is opened again by the browser, which
// says what it has seen last.
"use strict";
const shown = document.getElementById("live");
const told = document.getElementById("stream");
const say = (words) => { if (told.textContent !== words) told.textContent = words; };
const stream = new EventSource(shown.dataset.events);
let open = 0;
stream.addEventListener("open", () => { open = Date.now(); say("Live: what the bot does is shown as it happens."); });
stream.addEventListener("item", (event) => { shown.innerHTML = event.data; });
stream.addEventListener("over", (event) => {
  stream.close();
  say(event.data === "logged out" ? "Your session has ended: log in and open this page again." : "It has ended.");
});
stream.addEventListener("error", () => {
  if (stream.readyState === EventSource.CLOSED) say("The stream was refused: open this page again.");
  else setTimeout(() => { if (Date.now() - open > 3000) say("The stream was lost, and is being opened again."); }, 3000);
});
