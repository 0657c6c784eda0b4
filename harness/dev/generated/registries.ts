import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type GeneratedFile, NOTICE } from "./file.ts";

/** A folder with one variant per file, and how its registry is written. */
interface Registry {
  readonly folder: string;
  /** What every file exports, or null when each exports its variant under its own name. */
  readonly member: string | null;
  /** Files of the folder that are no variant. */
  readonly except: readonly string[];
  readonly imports: readonly string[];
  body(names: readonly string[]): readonly string[];
}

/** The line width that Biome formats to. */
const WIDTH = 110;

const contract = (type: string, file: string): string => `import type { ${type} } from "../${file}";`;

const listOf =
  (name: string, type: string) =>
  (names: readonly string[]): readonly string[] => [
    fitted(`export const ${name}: readonly ${type}[] = [`, names, "];"),
  ];

const unionOf = (schema: string, names: readonly string[]): string =>
  fitted(
    `export const ${schema} = z.discriminatedUnion("type", [`,
    names.map((name) => `${name}.schema`),
    "]);",
  );

const REGISTRIES: readonly Registry[] = [
  {
    folder: "balancers/algorithms",
    member: "algorithm",
    except: [],
    imports: [contract("AlgorithmDefinition", "algorithm.ts")],
    body: listOf("algorithms", "AlgorithmDefinition"),
  },
  {
    folder: "balancers/overlays",
    member: "overlay",
    except: [],
    imports: ['import { z } from "zod";'],
    body: (names) => [
      fitted("export const overlays = [", names, "] as const;"),
      `export const overlaysSchema = z.strictObject({\n${names.map((name) => `  [${name}.name]: ${name}.schema.optional().describe(${name}.summary),\n`).join("")}});`,
    ],
  },
  {
    folder: "backends/faults",
    member: "fault",
    except: ["fault.ts", "windows.ts"],
    imports: ['import { z } from "zod";'],
    body: (names) => [fitted("export const faults = [", names, "] as const;"), unionOf("faultSchema", names)],
  },
  {
    folder: "scenarios/arrivals",
    member: null,
    except: ["arrivals.ts", "curve.ts", "process.ts"],
    imports: ['import { z } from "zod";'],
    body: (names) => [
      fitted("export const arrivals = [", names, "] as const;"),
      unionOf("arrivalsSchema", names),
      "export type ArrivalsSpec = z.output<typeof arrivalsSchema>;",
    ],
  },
  {
    folder: "reports/formats",
    member: "report",
    except: [],
    imports: [contract("Report", "report.ts")],
    body: listOf("reports", "Report"),
  },
  {
    folder: "reports/charts",
    member: "chart",
    except: [],
    imports: [contract("Chart", "chart.ts")],
    body: listOf("charts", "Chart"),
  },
];

/** The registry of every folder of variants, from the files that are there. */
export function registries(root: string): GeneratedFile[] {
  return REGISTRIES.map((registry) => ({
    path: `${registry.folder}/registry.ts`,
    content: render(registry, variants(readdirSync(join(root, registry.folder)), registry.except)),
  }));
}

function variants(files: readonly string[], except: readonly string[]): string[] {
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith(".d.ts"))
    .filter((file) => file !== "registry.ts" && !except.includes(file))
    .sort((a, b) => (a.slice(0, -3) < b.slice(0, -3) ? -1 : 1));
}

function render({ member, imports, body }: Registry, files: readonly string[]): string {
  const names = files.map((file) => camelCase(file.slice(0, -".ts".length)));
  const lines = names.map((name, i) => {
    const what = member === null || member === name ? name : `${member} as ${name}`;
    return `import { ${what} } from "./${files[i]}";`;
  });
  return `// ${NOTICE}\n${[...imports, ...lines].join("\n")}\n\n${body(names).join("\n\n")}\n`;
}

/** `power-of-two-choices` to `powerOfTwoChoices`. */
function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A list as Biome would format it: on one line when that fits. */
function fitted(before: string, items: readonly string[], after: string): string {
  const flat = `${before}${items.join(", ")}${after}`;
  if (flat.length <= WIDTH) return flat;
  return `${before}\n${items.map((item) => `  ${item},\n`).join("")}${after}`;
}
