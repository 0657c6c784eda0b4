/** The only way text gets into the page: every value of an `html` template is escaped, unless it is a template itself. */

class Fragment {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Html = Fragment;
export type Value = Html | string | number | null | false | readonly Value[];

export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Fragment(
    strings.reduce((sofar, part, i) => sofar + part + (i < values.length ? render(values[i]!) : ""), ""),
  );

/** Nothing for null and false, escaped text, templates as they are. */
function render(value: Value): string {
  if (value === null || value === false) return "";
  if (Array.isArray(value)) return value.map(render).join("");
  return value instanceof Fragment ? value.markup : escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

const escaped = (text: string): string => text.replace(/[&<>"'`]/g, (sign) => ENTITIES[sign]!);

/** A sentence whose figures keep their units on the same line. */
export const prose = (text: string): string =>
  text.replace(/(\d) (%|[mµ]?s\b|[MG]iB\b|times\b|to \d)/g, "$1\u00a0$2");

/** JSON for a `<script type="application/json">`: no `<`, so it cannot end the element. */
export const json = (value: unknown): Html =>
  new Fragment(
    JSON.stringify(value)
      .replace(/</g, "\\u003c")
      .replace(/\u2028/g, "\\u2028")
      .replace(/\u2029/g, "\\u2029"),
  );

/** Our own script or a library's, made unable to end its element; source maps would be fetched, so their line goes. */
export const script = (source: string): Html =>
  new Fragment(
    source
      .replace(/<\/script/gi, "<\\/script")
      .replace(/<!--/g, "<\\!--")
      .replace(/^\/\/# sourceMappingURL=.*$/gm, ""),
  );

/** Our own style sheet. */
export const style = (source: string): Html => new Fragment(source);

export const markup = (page: Html): string => page.markup;
