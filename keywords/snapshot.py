"""A page as it stood when a bot decided, as text: the document with values filled in, nobody's identity, no secret.

A picture shows what a person would have seen; the snapshot can be searched and compared. It holds no script, loads
nothing, and opens in any browser without a network: what is kept of a page is what a list allows, by a parser that sees
it as browsers will. A list of what is taken out always lacks what the next page thinks of.
"""

from html import escape

import nh3
from playwright.sync_api import Page

MASKED = "[masked]"
_TEXT = "a abbr address b bdi bdo blockquote br cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3"
_TEXT += " h4 h5 h6 hr i ins kbd li main mark menu nav ol p pre q s samp section small span strong sub summary sup u ul"
_TEXT += " var article aside footer header time wbr"
_TABLES = "caption col colgroup table tbody td tfoot th thead tr"
_FORMS = "button datalist fieldset form input label legend meter optgroup option output progress select textarea"
_GONE = "script style noscript template iframe object embed title noembed noframes svg math"
_CLEANER = nh3.Cleaner(
    tags=set(f"{_TEXT} {_TABLES} {_FORMS}".split()),
    clean_content_tags=set(_GONE.split(" ")),
    attributes={
        "*": {"id", "class", "title", "lang", "dir", "role", "hidden", "alt", "placeholder"},
        "a": {"href"},
        "td": {"colspan", "rowspan", "headers"},
        "th": {"colspan", "rowspan", "headers", "scope"},
        "input": {"type", "name", "value", "checked", "disabled", "readonly", "maxlength"},
        "textarea": {"name", "disabled", "readonly", "maxlength"},
        "select": {"name", "multiple", "disabled"},
        "option": {"value", "selected", "disabled"},
        "button": {"type", "name", "disabled"},
        "label": {"for"},
        "time": {"datetime"},
        "details": {"open"},
        "meter": {"value", "min", "max"},
        "progress": {"value", "max"},
    },
    generic_attribute_prefixes={"aria-"},
    url_schemes={"http", "https"},
    strip_comments=True,
)

# Runs in the page. Values live in properties, which a clone does not carry, so they are written as attributes first;
# passwords and hidden fields (session and form tokens) never are.
_TAKE = """
([identity, masked]) => {
  const everywhere = one => [...one.querySelectorAll('*')];
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
  const mask = one => {
    const kept = ['colspan', 'rowspan', 'type'];
    for (const name of one.getAttributeNames()) if (!kept.includes(name)) one.removeAttribute(name);
    if (one.matches('input, textarea')) one.setAttribute('value', masked);
    one.textContent = masked;
  };
  const tools = window.__batchwright;
  const drawnIn = identity && tools ? tools.slotted(identity) : [];
  const placeOf = one => everywhere(document).indexOf(one);
  const places = drawnIn.filter(one => one.nodeType === 1).map(placeOf);
  const hosts = drawnIn.filter(one => one.nodeType === 3 && one.data.trim()).map(one => placeOf(one.parentNode));
  const copies = [copy, ...copy.querySelectorAll('*')];
  const found = identity ? copies.filter(one => one.matches(identity)) : [];
  for (const place of hosts) if (copies[place])
    for (const text of copies[place].childNodes) if (text.nodeType === 3) text.data = masked;
  for (const one of [...found, ...places.map(place => copies[place])]) if (one) mask(one);
  const gone = 'script, noscript, link, iframe, object, embed, template, meta[http-equiv], meta[name*=token i]';
  for (const one of copy.querySelectorAll(gone)) one.remove();
  for (const one of copy.querySelectorAll('*'))
    for (const name of one.getAttributeNames())
      if (/^on|^(src|srcset|style|integrity|nonce)$|token|csrf/i.test(name)) one.removeAttribute(name);
  const name = copy.querySelector('title');
  return [copy.outerHTML, name ? name.textContent : ''];
}
"""


def take_snapshot(page: Page, identity: str) -> str:
    """The page's document as HTML text.

    Args:
        page: The page as it is now.
        identity: CSS selector of elements that show who the patient is; their text becomes `[masked]`, and
            their attributes go; so does what stands in the document and is drawn inside one in a shadow root.

    Returns:
        HTML without scripts, styles of elements, outside references, passwords, hidden values and file names.
    """
    document, title = page.evaluate(_TAKE, [identity, MASKED])
    return cleaned(str(document), str(title))


def cleaned(document: str, title: str = "") -> str:
    """A document without anything that acts or loads, whatever it holds.

    Args:
        document: HTML of anybody's making.
        title: what the page calls itself, as text.
    """
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return f"<!doctype html>\n<html><head>{head}</head><body>{_CLEANER.clean(document)}</body></html>\n"
