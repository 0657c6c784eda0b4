import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { libraryFolder } from "./library-folder.ts";
import { readText } from "./read-text.ts";
import { parseSource } from "./source.ts";

/** Names of the library's scenarios, suites of them left out: what `--all` stands for. */
export async function allOfLibrary(): Promise<readonly string[]> {
  return (await readLibrary()).filter(({ kind }) => kind === "scenario").map(({ name }) => name);
}

const heading = z.object({
  name: z.string(),
  title: z.string(),
  question: z.string().optional(),
  suite: z.array(z.unknown()).optional(),
});

export interface LibraryEntry {
  readonly name: string;
  readonly kind: "scenario" | "suite";
  readonly title: string;
  readonly question: string | null;
  readonly path: string;
}

/** The scenarios and suites that come with evenkeel, by name. */
export async function readLibrary(): Promise<LibraryEntry[]> {
  const folder = libraryFolder();
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      const read = await readText(path);
      if ("problem" in read) throw new Error(`${path}: ${read.problem}`);
      const parsed = parseSource(path, read.text);
      if ("problems" in parsed) throw new Error(`${path}: not valid YAML`);
      const { name, title, question, suite } = heading.parse(parsed.source.data);
      return {
        name,
        kind: suite === undefined ? "scenario" : "suite",
        title,
        question: question ?? null,
        path,
      };
    }),
  );
}
