"""A page as it stood when a bot decided, as text: the document with values filled in, nobody's identity, no secret.

A picture shows what a person would have seen; the snapshot can be searched and compared. It holds no script, loads
nothing, and opens in any browser without a network.
"""

from playwright.sync_api import Page

MASKED = "[masked]"

# Runs in the page. Values live in properties, which a clone does not carry, so they are written as attributes first;
# passwords and hidden fields (session and form tokens) never are.
_TAKE = """
([identity, masked]) => {
  const hidden = field => ['password', 'hidden', 'file'].includes(field.type);
  const live = [...document.querySelectorAll('input, textarea, option')];
  const copy = document.documentElement.cloneNode(true);
  const cloned = [...copy.querySelectorAll('input, textarea, option')];
  live.forEach((field, place) => {
    const other = cloned[place];
    if (field.tagName === 'OPTION') other.toggleAttribute('selected', field.selected);
    else if (field.tagName === 'TEXTAREA') other.textContent = field.value;
    else if (hidden(field)) other.removeAttribute('value');
    else {
      other.setAttribute('value', field.value);
      other.toggleAttribute('checked', field.checked);
    }
  });
  if (identity) for (const one of copy.querySelectorAll(identity)) {
    if (one.matches('input, textarea')) one.setAttribute('value', masked);
    one.textContent = masked;
    for (const name of ['title', 'alt', 'placeholder', 'aria-label', 'data-value']) one.removeAttribute(name);
  }
  const gone = 'script, noscript, link, iframe, object, embed, template, meta[http-equiv], meta[name*=token i]';
  for (const one of copy.querySelectorAll(gone)) one.remove();
  for (const one of copy.querySelectorAll('*'))
    for (const name of one.getAttributeNames())
      if (/^on|^(src|srcset|style|integrity|nonce)$|token|csrf/i.test(name)) one.removeAttribute(name);
  return '<!doctype html>\\n' + copy.outerHTML + '\\n';
}
"""


def take_snapshot(page: Page, identity: str) -> str:
    """The page's document as HTML text.

    Args:
        page: The page as it is now.
        identity: CSS selector of elements that show who the patient is; their text becomes `[masked]`.

    Returns:
        HTML without scripts, styles of elements, outside references, passwords, hidden values and file names.
    """
    return str(page.evaluate(_TAKE, [identity, MASKED]))
