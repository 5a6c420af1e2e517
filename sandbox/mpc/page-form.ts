const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML, also within an attribute. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A link to a page of the service's console; nothing until it is known where that is. */
export function consoleLink(origin: string | null, path: string, text: string): string {
  return origin === null ? "" : `<a href="${escape(origin + path)}">${escape(text)}</a>`;
}

/** A form that asks for one thing; `fixed` are the fields that no one fills in. */
export function form(fixed: Readonly<Record<string, string>>, fields: readonly string[]): string {
  const hidden = Object.entries(fixed).map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  return `<form method="post" action="/">${hidden.join("")}${fields.join("")}</form>`;
}

/** The options of a field to choose from. */
export interface Choice {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen?: string | undefined;
}

/** A field to choose from a list. */
export function select(name: string, { label, options, chosen }: Choice): string {
  const items = options.map(([value, text]) => {
    const selected = value === chosen ? " selected" : "";
    return `<option value="${escape(value)}"${selected}>${escape(text)}</option>`;
  });
  return `<label>${escape(label)} <select name="${name}">${items.join("")}</select></label>`;
}

/** A field for a date. */
export function dateInput(name: string, label: string, value: string | null): string {
  return `<label>${escape(label)} <input type="date" name="${name}" value="${escape(value ?? "")}"></label>`;
}

/** A field for a prison number. */
export function nomsInput(): string {
  const pattern = "[A-Za-z][0-9]{4}[A-Za-z]{2}";
  return `<label>NOMS number <input name="noms" required pattern="${pattern}" placeholder="A1234BC" size="9" autocomplete="off"></label>`;
}

/** The button that sends a form. */
export function button(text: string, look: "main" | "quiet" | "warning" = "main"): string {
  return `<button class="${look}">${escape(text)}</button>`;
}
