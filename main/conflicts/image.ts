const IMAGES: readonly (readonly [type: string, begins: (head: Buffer) => boolean])[] = [
  ['image/png', (head) => head.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))],
  ['image/jpeg', (head) => head.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))],
  ['image/gif', (head) => /^GIF8[79]a/.test(head.toString('latin1'))],
  ['image/webp', (head) => /^RIFF....WEBP/s.test(head.toString('latin1'))],
]

/** A `data:` address of what begins like a picture that every browser shows, and can hold no script. */
export function imageOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16))
  const type = IMAGES.find(([, begins]) => begins(head))?.[0]
  return type && `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}
