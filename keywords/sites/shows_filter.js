// Whether the fields with these labels hold these values: each pair is a label and what its field should show.
(pairs) => {
  const clean = (text) => (text || "").replace(/\s+/g, " ").trim();
  const labels = [...document.querySelectorAll("label")];
  return pairs.every(([text, value]) =>
    labels.some((label) => clean(label.textContent) === text && label.control && label.control.value === value));
}
