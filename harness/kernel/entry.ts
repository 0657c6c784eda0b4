/**
 * Path of one of our own modules as something to start: `entry(import.meta.url, "./main")` is `main.ts` beside the
 * source, and `main.js` in the compiled package, because a module's own extension says which of the two it is.
 */
export function entry(from: string, path: string): URL {
  const extension = from.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`${path}${extension}`, from);
}
