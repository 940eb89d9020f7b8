/**
 * QuickXorHash by its definition, bit by bit and slowly on purpose: what the product computes another
 * way is compared with this. Byte i goes in at bit (11 * i) mod 160, lowest bit first; the length
 * goes into the last eight bytes.
 */
export function quickXorBase64(bytes: Uint8Array): string {
  const register = new Uint8Array(20)
  for (let index = 0; index < bytes.length; index++) {
    const start = (index * 11) % 160
    const byte = bytes[index]!
    const shift = start & 7
    const at = start >> 3
    register[at]! ^= (byte << shift) & 0xff
    if (shift > 0) register[(at + 1) % 20]! ^= byte >> (8 - shift)
  }
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length))
  for (let index = 0; index < 8; index++) register[12 + index]! ^= length[index]!
  return Buffer.from(register).toString('base64')
}
