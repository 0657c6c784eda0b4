const PER_OCTET = 250;

/**
 * Loopback address of client i: 127.(1 + i div 250).(i mod 250 + 1).1, so that every client has a /24 of its own
 * (NGINX's ip_hash looks at no more) and none is in 127.0.0.0/16, where servers listen.
 */
export function clientAddress(client: number): string {
  return `127.${1 + Math.floor(client / PER_OCTET)}.${(client % PER_OCTET) + 1}.1`;
}
