// Making elements. Text of the bank only ever becomes text nodes; the one way for markup is `markup`,
// and it takes nothing but HTML that the server has made of its safe tree.

const policy = window.trustedTypes?.createPolicy("qbank", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

/** An element: attributes by name, `on` for listeners, `text` for its text, null and false for nothing. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "text") element.textContent = value;
    else if (name === "value") element.value = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element that holds HTML the server has serialised. */
export function markup(tag, attributes, html) {
  const element = h(tag, attributes);
  element.innerHTML = policy.createHTML(html);
  return element;
}

/** The element of that id. */
export const byId = (id) => document.getElementById(id);

/** The letter of a choice: A, B ... */
export const letter = (index) => (index < 26 ? String.fromCharCode(65 + index) : String(index + 1));

/** Characters as Python counts them. */
export const points = (text) => [...text].length;
