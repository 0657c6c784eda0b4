import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Exchange, exchange, request, startBackend } from "../testing.ts";

interface Case {
  readonly name: string;
  readonly sent: string;
  readonly answer: string;
}

/** The capture's parts; the text before the first is about how it was made. */
function readCases(): readonly Case[] {
  const text = readFileSync(new URL("./testdata/django-3.2.txt", import.meta.url), "utf8");
  return text
    .split(/^== /m)
    .slice(1)
    .map((part) => {
      const [above, answer = ""] = part.split("\n----\n");
      const [name = "", ...lines] = (above ?? "").split("\n");
      const isForm = lines.some((line) => line.startsWith("Content-Type:"));
      const body = isForm ? lines.pop() : "";
      const head = lines.filter((line) => line !== "").join("\r\n");
      return { name, sent: `${head}\r\n\r\n${body}`, answer: answer.trimEnd() };
    });
}

/** As the capture shows an answer; our own two headers are no part of Django's. */
function shown({ head, body, status }: Exchange): string {
  const own = status === 200;
  const lines = head
    .filter((line) => !line.startsWith("x-evenkeel-"))
    .map((line) => (own ? line.replace(/^Content-Length: \d+/, "Content-Length: <n>") : line))
    .map((line) =>
      line
        .replace(/[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/g, (date) =>
          date.includes("1970") ? date : "<date>",
        )
        .replace(/csrftoken=[A-Za-z0-9]{64};/, "csrftoken=<64>;")
        .replace(/sessionid=[a-z0-9]{32};/, "sessionid=<32>;"),
    );
  const page = own || status === 403 ? "" : body.replaceAll("\r\n", "<crlf>\n");
  return `${lines.join("\n")}\n${page === "" ? "" : `\n${page}`}`.trimEnd();
}

/** gunicorn 20.1 sends the body of a HEAD too, answers HTTP/1.0 as such and writes sizes of chunks in capitals; Node does none of these. */
function known(answer: string, sent: string): string {
  const spoken = answer
    .replace(/^HTTP\/1\.0/, "HTTP/1.1")
    .replace(/^[0-9A-F]+(?=<crlf>$)/gm, (size) => size.toLowerCase());
  return sent.startsWith("HEAD ") ? (spoken.split("\n\n", 1)[0] ?? "") : spoken;
}

test("a backend that is Django 3.2 answers as Debian's did, header by header", async (t) => {
  const { port } = await startBackend(t, { django: "3.2" });
  const failing = await startBackend(t, { django: "3.2" });
  failing.backend.reset({
    zeroNs: String(process.hrtime.bigint()),
    faults: [{ type: "error", at: 0, for: 60_000, backend: 3, status: 500, share: 1 } as never],
  });
  const token = "a".repeat(32);
  const csrf = [`Cookie: csrftoken=${token}`, `X-CSRFToken: ${token}`];
  const sessionOf = async (text: string): Promise<string> =>
    /sessionid=([a-z0-9]{32});/.exec((await exchange(port, text)).text)?.[1] ?? "";
  const form = "username=demo&password=demo";
  const type = "Content-Type: application/x-www-form-urlencoded";
  const login = request("POST /accounts/login/", [...csrf, type, `Content-Length: ${form.length}`], form);
  const session = await sessionOf(login);
  const basket = await sessionOf(request("POST /basket/add/7/", [...csrf, "Content-Length: 0"]));
  const cases = readCases();
  assert.ok(cases.length > 30);
  for (const { name, sent, answer } of cases) {
    const text = sent.replace("<session>", session).replace("<basket>", basket);
    const isFailing = name === "a view that fails";
    const got = await exchange(isFailing ? failing.port : port, text.replace("/boom/", "/"));
    assert.equal(`${name}\n${shown(got)}`, `${name}\n${known(answer, sent)}`);
  }
});
