const CLIENT = "{client}";

/** `text` as one client sends it: `{client}` is its number, from 0. */
export function forClient(text: string, client: number): string {
  return text.includes(CLIENT) ? text.replaceAll(CLIENT, String(client)) : text;
}
