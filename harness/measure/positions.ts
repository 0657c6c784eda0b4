/** Position of an id among `ids`, -1 when it is not one of them. Ids are small whole numbers. */
export function createPositions(ids: readonly number[]): (id: number) => number {
  const positions = new Int32Array(Math.max(0, ...ids) + 1).fill(-1);
  for (const [position, id] of ids.entries()) positions[id] = position;
  return (id) => positions[id] ?? -1;
}
