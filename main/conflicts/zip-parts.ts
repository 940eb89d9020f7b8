import type { Evidence } from '../../common/protocol/conflicts.ts'

/** By PKWARE's APPNOTE 6.3: where the records begin that are read here, and how long they are at least. */
const END = { signature: 0x06_05_4b_50, bytes: 22, longestComment: 0xff_ff } as const
const ENTRY = { signature: 0x02_01_4b_50, bytes: 46 } as const
/** Bit 0 of the flags: the checksum of what is encrypted may be left out. */
const ENCRYPTED = 1
/** A field that says so is in another record, of archives beyond these numbers. */
const ELSEWHERE_16 = 0xff_ff
const ELSEWHERE_32 = 0xff_ff_ff_ff
const MAX_SHOWN = 8

type Parts = ReadonlyMap<string, string>

/** Which parts of two packages (documents of office programs, archives) differ, by their names, lengths and checksums; undefined where one of them is none. */
export function comparePackages(local: Uint8Array, remote: Uint8Array): (Evidence & { kind: 'parts' }) | undefined {
  const [here, there] = [partsOf(local), partsOf(remote)]
  if (here === undefined || there === undefined) return undefined
  const shared = [...here.keys()].filter((name) => there.has(name))
  const differing = shared.filter((name) => here.get(name) !== there.get(name))
  const onlyLocal = [...here.keys()].filter((name) => !there.has(name))
  const onlyRemote = [...there.keys()].filter((name) => !here.has(name))
  return {
    kind: 'parts',
    same: shared.length - differing.length,
    differing: differing.slice(0, MAX_SHOWN),
    onlyLocal: onlyLocal.slice(0, MAX_SHOWN),
    onlyRemote: onlyRemote.slice(0, MAX_SHOWN),
    isCut: Math.max(differing.length, onlyLocal.length, onlyRemote.length) > MAX_SHOWN,
  }
}

/** Length and CRC-32 of each part by its name, as the directory of a ZIP file tells; undefined for anything that is not plainly one. */
function partsOf(content: Uint8Array): Parts | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const end = bytes.length >= END.bytes && bytes.readUInt16LE(0) === 0x4b_50 ? endOf(bytes) : undefined
  if (end === undefined) return undefined
  const [count, start] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)]
  if (count === 0 || count === ELSEWHERE_16 || start === ELSEWHERE_32) return undefined
  const parts = new Map<string, string>()
  let at = start
  for (let index = 0; index < count; index++) {
    if (at + ENTRY.bytes > end || bytes.readUInt32LE(at) !== ENTRY.signature) return undefined
    if ((bytes.readUInt16LE(at + 8) & ENCRYPTED) !== 0) return undefined
    const [crc, sizeBytes] = [bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 24)]
    if (sizeBytes === ELSEWHERE_32) return undefined
    const nameEnd = at + ENTRY.bytes + bytes.readUInt16LE(at + 28)
    const name = bytes.toString('utf8', at + ENTRY.bytes, nameEnd)
    if (nameEnd > end || parts.has(name)) return undefined
    parts.set(name, `${sizeBytes} ${crc}`)
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return parts
}

function endOf(bytes: Buffer): number | undefined {
  const first = Math.max(0, bytes.length - END.bytes - END.longestComment)
  for (let at = bytes.length - END.bytes; at >= first; at--)
    if (bytes.readUInt32LE(at) === END.signature && at + END.bytes + bytes.readUInt16LE(at + 20) === bytes.length)
      return at
  return undefined
}
