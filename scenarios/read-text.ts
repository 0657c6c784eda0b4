import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Larger files are no scenario and no balancer configuration. */
export const MAX_FILE_BYTES = 256 * 1024;

/** The text of a file, or why there is none, in words that follow the file's name. */
export type FileText = { readonly text: string } | { readonly problem: string };

const NO_FILE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file: a part of its path is a file",
  EACCES: "no permission to read this file",
  EPERM: "no permission to read this file",
  EISDIR: "this is a folder, a file was expected",
  ELOOP: "symbolic links that point at each other",
  ENAMETOOLONG: "there is no such file: the name is too long",
  ENXIO: "this is not a regular file",
};

/** Reads a UTF-8 text file; never blocks on a pipe and never reads more than `maxBytes`. */
export async function readText(path: string, maxBytes = MAX_FILE_BYTES): Promise<FileText> {
  if (path.includes("\0")) return { problem: "there is no such file" };
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (status.isDirectory()) return { problem: "this is a folder, a file was expected" };
      if (!status.isFile()) return { problem: "this is not a regular file" };
      if (status.size > maxBytes)
        return {
          problem: `larger than ${maxBytes / 1024} KiB (${status.size} bytes): this is not such a file`,
        };
      return decode(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problem: NO_FILE[code ?? ""] ?? `cannot be read: ${message}` };
  }
}

function decode(bytes: Uint8Array): FileText {
  if (bytes.includes(0)) return { problem: "a binary file, not a text" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { problem: "not UTF-8 text" };
  }
}
