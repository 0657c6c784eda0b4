import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";

/** Django's built-in page for 400, 404 and 500 (`django.views.defaults`); other statuses look alike. */
export function errorPage(status: number): string {
  if (status === 404) return page("Not Found", "The requested resource was not found on this server.");
  const reason = status === 500 ? "Server Error" : (STATUS_CODES[status] ?? "Error");
  return page(`${reason} (${status})`, "");
}

function page(title: string, details: string): string {
  return `\n<!doctype html>\n<html lang="en">\n<head>\n  <title>${title}</title>\n</head>\n<body>\n  <h1>${title}</h1><p>${details}</p>\n</body>\n</html>\n`;
}

/** The 403 page of the CSRF check: the text and the length of Django's with `DEBUG = False`, in markup of our own. */
export function csrfPage(cookieMissing: boolean, bytes: number): string {
  const cookie = cookieMissing
    ? "<p>You are seeing this message because this site requires a CSRF cookie when submitting forms.</p>\n"
    : "";
  const head = `<!DOCTYPE html>
<html lang="en">
<head><title>403 Forbidden</title></head>
<body>
<h1>Forbidden <span>(403)</span></h1>
<p>CSRF verification failed. Request aborted.</p>
${cookie}<p><small>More information is available with DEBUG=True.</small></p>
`;
  const foot = "</body>\n</html>\n";
  return `${head}${filler(bytes - head.length - foot.length)}${foot}`;
}

/** gunicorn's own answer to what is not HTTP, connection closed; `packet` is what came. */
export function malformedAnswer(packet: unknown): string {
  const line = Buffer.isBuffer(packet) ? (packet.toString("latin1").split("\r\n", 1)[0] ?? "") : "";
  const isRequestLine = /^[A-Z]+ \S+ HTTP\/\d\.\d$/.test(line);
  const reason = isRequestLine
    ? "Invalid HTTP header"
    : `Invalid Request Line ${quoted(`Invalid HTTP request line: ${quoted(line)}`)}`;
  return gunicornError(400, "Bad Request", reason);
}

/** An answer of gunicorn itself, without a Server or a Date. */
export function gunicornError(status: number, title: string, reason: string): string {
  const body = `<html>\n  <head>\n    <title>${title}</title>\n  </head>\n  <body>\n    <h1><p>${title}</p></h1>\n    ${reason}\n  </body>\n</html>\n`;
  return `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const quoted = (text: string): string => `&#x27;${text.includes("&#x27;") ? text : escapeHtml(text)}&#x27;`;

/** HTML comment of exactly `bytes` (8 or more). */
function filler(bytes: number): string {
  const text = "lorem ipsum dolor sit amet consectetur adipiscing elit ";
  const inside = Math.max(0, bytes - 8);
  return `<!--${text.repeat(Math.ceil(inside / text.length)).slice(0, inside)}-->\n`;
}

/** Text that may come from a client, safe inside HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page of the shop of `bytes` or a little more: a title, what it is about, and products to fill it. */
export function shopPage(title: string, content: string, bytes: number): string {
  const head = `<!DOCTYPE html>\n<html lang="en">\n<head>\n  <meta charset="utf-8">\n  <title>${escapeHtml(title)} | Shop</title>\n</head>\n<body>\n  <h1>${escapeHtml(title)}</h1>\n${content}`;
  const foot = "</body>\n</html>\n";
  let cards = "";
  for (let id = 1; head.length + cards.length + foot.length < bytes; id++) cards += card(id);
  return head + cards + foot;
}

function card(id: number): string {
  return `  <article class="product">\n    <h3><a href="/catalogue/product-${id}_${id}/">Product ${id}</a></h3>\n    <p class="price">&euro; ${id * 7}.90</p>\n    <p>In stock, delivered tomorrow.</p>\n  </article>\n`;
}

/** A page that never changes, encoded once. */
export function staticPage(title: string, bytes: number): Buffer {
  return Buffer.from(shopPage(title, "", bytes));
}

/** A POST form with its CSRF token. */
export function form(action: string, token: string, fields: string): string {
  return `  <form method="post" action="${escapeHtml(action)}">\n    <input type="hidden" name="csrfmiddlewaretoken" value="${token}">\n${fields}    <button type="submit">Go</button>\n  </form>\n`;
}
