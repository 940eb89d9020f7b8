/** Puts everything below a source folder to a local target, over and over, until it is killed. Prints a line once it began. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { toRelPath } from '../../common/paths.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { BatchItem } from '../../main/providers/provider.ts'
import { asScanned } from '../conformance/local-content.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'

const [source, root] = process.argv.slice(2) as [string, string]
const random = seededRandom(process.pid)
const host = { ...createFakeHost(), random }
const provider = createLocalProvider({ root, deps: { host, pool: createPool({ threads: 2 }) } })

function itemsOf(folder: string): BatchItem[] {
  return readdirSync(join(source, folder)).map((name) => {
    const file = asScanned(join(source, folder, name))
    const content = {
      size: file.size,
      file,
      open: () => {
        throw new Error('read by the provider')
      },
    }
    return {
      path: toRelPath(`${folder}/${name}`),
      content,
      metadata: { mtimeNs: file.mtimeNs },
      expect: { kind: 'any' },
    }
  })
}

console.log('began')
for (;;) {
  for (const folder of readdirSync(source)) {
    await provider.features.putBatch!(itemsOf(folder), { signal: new AbortController().signal })
  }
}
