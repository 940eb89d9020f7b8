import { TaskControl } from '../fs/control.ts'
import { readStable } from '../fs/stable-read.ts'
import type { SignedFile, SignFile } from '../tasks.ts'
import { SignatureBuilder } from './signature-builder.ts'

/** The signature of a file that stayed as it was scanned, in one read. Throws as `readStable`, and `cancelled`. */
export function signFile({ file, shape, control: memory }: SignFile): SignedFile {
  const control = memory === undefined ? undefined : new TaskControl(memory)
  const builder = new SignatureBuilder(shape)
  readStable(file, builder.buffer, (piece) => {
    builder.update(piece)
    control?.advance(piece.length)
  })
  return builder.finish()
}
