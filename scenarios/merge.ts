type Keys = Readonly<Record<string, unknown>>;

export function isKeys(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Each belongs to one form of a service demand, and to nothing else in a scenario. */
const FORMS = ["cpu", "total"] as const;

/**
 * `base` with what `over` says: keys are merged level by level, lists and single values replaced. A part whose `type` or
 * `model` changes is replaced whole, because its other keys belong to the old one; so is a service demand that takes another form.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (!isKeys(base) || !isKeys(over)) return over;
  for (const kind of ["type", "model"]) {
    if (over[kind] !== undefined && base[kind] !== over[kind]) return over;
  }
  if (FORMS.some((key) => key in over && !(key in base))) return over;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, merged.has(key) ? merge(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}
