import { crc32, deflateRawSync } from 'node:zlib'

/** One file to pack. */
export interface PackedFile {
  /** ASCII, without a directory. */
  readonly name: string
  readonly text: string
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
/** 2.0: deflate. */
const VERSION = 20
const DEFLATE = 8
/** Bit 11: names are UTF-8. */
const FLAGS = 0x0800

/** A ZIP archive of some small texts, as PKWARE's APPNOTE 6.3.10 describes it; less than 4 GiB in all. `atMs` is their date. */
export function zip(files: readonly PackedFile[], atMs: number): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, text } of files) {
    const content = Buffer.from(text)
    const packed = deflateRawSync(content)
    const fields = fieldsOf({ crc: crc32(content), packed: packed.length, size: content.length, name, atMs })
    const local = Buffer.concat([signed(LOCAL), fields, Buffer.from(name), packed])
    const end = Buffer.alloc(14)
    end.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([signed(CENTRAL, VERSION), fields, end, Buffer.from(name)]))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, central, signed(END), end])
}

function signed(signature: number, madeBy?: number): Buffer {
  const bytes = Buffer.alloc(madeBy === undefined ? 4 : 6)
  bytes.writeUInt32LE(signature, 0)
  if (madeBy !== undefined) bytes.writeUInt16LE(madeBy, 4)
  return bytes
}

/** What a local header and its entry of the directory have in common. */
function fieldsOf(file: {
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly name: string
  readonly atMs: number
}): Buffer {
  const date = new Date(file.atMs)
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(VERSION, 0)
  fields.writeUInt16LE(FLAGS, 2)
  fields.writeUInt16LE(DEFLATE, 4)
  fields.writeUInt16LE((date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1), 6)
  fields.writeUInt16LE(((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(), 8)
  fields.writeUInt32LE(file.crc, 10)
  fields.writeUInt32LE(file.packed, 14)
  fields.writeUInt32LE(file.size, 18)
  fields.writeUInt16LE(file.name.length, 22)
  return fields
}
