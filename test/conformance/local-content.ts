import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalContent } from '../../main/providers/conformance/check.ts'
import type { LocalFile } from '../../main/providers/provider.ts'

/** Makes files of this computer for checks; `remove` takes all of them away. */
export function createLocalContents(): { make(bytes: Uint8Array): Promise<LocalContent>; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-content-'))
  let number = 0
  return {
    make: async (bytes) => {
      const absolutePath = join(directory, `file-${number++}`)
      writeFileSync(absolutePath, bytes)
      const file = asScanned(absolutePath)
      return {
        content: { size: file.size, file, open: () => notForFiles() },
        change: async () => writeFileSync(absolutePath, Buffer.alloc(file.size, 'x')),
        remove: async () => rmSync(absolutePath),
      }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** A file of this computer as a scan would tell it. */
export function asScanned(absolutePath: string): LocalFile {
  const { size, mtimeNs, ctimeNs, dev, ino } = statSync(absolutePath, { bigint: true })
  return { absolutePath, size: Number(size), mtimeNs, ctimeNs, inode: `${dev}:${ino}` }
}

// eslint-disable-next-line require-yield
async function* notForFiles(): AsyncGenerator<Uint8Array> {
  throw new Error('a provider that takes local files reads them by itself')
}
