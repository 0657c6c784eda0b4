import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Folder for what is fetched once and used by every run: EVENKEEL_CACHE, else XDG_CACHE_HOME/evenkeel, else ~/.cache/evenkeel. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env.EVENKEEL_CACHE;
  if (own !== undefined && own !== "") return isAbsolute(own) ? own : join(process.cwd(), own);
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "evenkeel");
}
