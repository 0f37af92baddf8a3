// Tells what a person, or a script in a person's place, does on a page: which field holds what, which button was pressed.
(() => {
  if (window.__batchwrightHeard) return;
  window.__batchwrightHeard = true;
  const tell = (event) => window.__batchwrightTell(JSON.stringify({ ...event, path: location.pathname }));
  const FIELDS = "input, select, textarea, [contenteditable], [role=combobox], [role=textbox]";
  const BUTTONS = "button, [role=button], input[type=submit], input[type=button], a[href]";
  const origin = (event) => event.composedPath().find((one) => one instanceof Element);
  document.addEventListener("change", (event) => {
    const field = origin(event);
    if (field && field.matches(FIELDS)) tell({ what: "fill", ...window.__batchwright.described(field) });
  }, true);
  // A drop-down that is drawn tells of no change: the option that is pressed says what it holds then.
  const openedBy = (option) => {
    const list = option.closest("[role=listbox]"), boxes = [...document.querySelectorAll("[role=combobox], [aria-haspopup=listbox]")];
    const names = (one) => [one.getAttribute("aria-controls"), one.getAttribute("aria-owns")];
    return boxes.find((one) => list && list.id && names(one).includes(list.id)) || boxes.find((one) => one.getAttribute("aria-expanded") === "true");
  };
  document.addEventListener("pointerdown", (event) => {
    const option = origin(event) && origin(event).closest("[role=option]"), box = option && openedBy(option);
    if (box) tell({ what: "fill", ...window.__batchwright.described(box), value: option.textContent.trim() });
  }, true);
  document.addEventListener("click", (event) => {
    const button = origin(event) && origin(event).closest(BUTTONS);
    if (!button) return;
    const box = button.closest("dialog, [role=dialog], [role=alertdialog]");
    tell({ what: button.matches("a[href]") ? "link" : "press", name: window.__batchwright.buttonName(button), question: box ? window.__batchwright.says(box) : "" });
  }, true);
})();
