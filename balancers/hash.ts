/** A well-mixed 32-bit hash of a text: FNV-1a (Fowler, Noll, Vo) over its UTF-16 units, then fmix32 of MurmurHash3. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix32(hash);
}

/** A bijection of 32-bit numbers after which every bit depends on every other: fmix32 of MurmurHash3. */
export function mix32(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
