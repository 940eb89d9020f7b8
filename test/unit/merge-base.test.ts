import { afterEach, describe, expect, it } from 'vitest'
import type { Conflict } from '../../common/conflict.ts'
import type { BaselineEntry } from '../../common/model.ts'
import { mergeOf } from '../../main/conflicts/merge.ts'
import type { ConflictSides } from '../../main/conflicts/sides.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { Cloud } from '../fakes/graph/cloud.ts'
import { startGraphFixture } from '../fakes/graph/harness.ts'
import { hastyClock, never, rel } from '../fakes/s3/harness.ts'

const PATH = rel('a/letter.txt')
const BASE = 'one\ntwo\nthree\n'
const TEXTS = { local: 'ONE\ntwo\nthree\n', remote: 'one\ntwo\nTHREE\n' }

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A conflict of which this computer knows nothing but what was recorded of the version that both come from. */
function merged(target: TargetProvider, base = BASE, versionId?: string): ReturnType<typeof mergeOf> {
  const source = createMemoryProvider({ name: '' })
  const entry = { path: PATH, kind: 'file' as const, size: base.length, mtimeNs: 1n }
  const told = versionId === undefined ? {} : { versionId }
  const remote = { size: base.length, verifiedBy: 'checksum' as const, ...told }
  const recorded: BaselineEntry = { ...entry, contentHash: blake3Hex(Buffer.from(base)), remote, recordedAtMs: 0 }
  const sides = { source, target, signal: never } as unknown as ConflictSides
  return mergeOf(sides, { path: PATH, base: recorded } as Conflict, TEXTS)
}

async function startDrive(...contents: readonly string[]): Promise<TargetProvider> {
  const fixture = await startGraphFixture({ clock: hastyClock })
  cleanUps.push(() => fixture.close())
  const cloud = new Cloud(fixture.drive, '')
  for (const content of contents) {
    cloud.write(PATH, content)
    fixture.server.advance(60_000)
  }
  return fixture.provider
}

describe('what both texts of a conflict come from', () => {
  it('is had from the versions of the drive itself, by the digest that was recorded', async () => {
    const target = await startDrive('of the same len', 'x'.repeat(BASE.length), BASE, TEXTS.remote)
    expect(await merged(target)).toMatchObject({ isPossible: true, text: 'ONE\ntwo\nTHREE\n' })
  })

  it('is the very version that was recorded, however many others are as long and newer', async () => {
    const read: string[] = []
    const contents = [
      BASE,
      ...Array.from({ length: 12 }, (_, number) => String.fromCharCode(97 + number).repeat(BASE.length)),
    ]
    const features = {
      keptVersions: async function* () {
        for (const [number] of contents.entries())
          yield {
            path: PATH,
            why: 'replaced',
            sizeBytes: BASE.length,
            token: String(number),
            keptAtMs: number,
            keptBy: 'store',
            versionId: `v${number}`,
          }
      },
      readKept: async function* ({ token }: { readonly token: string }) {
        read.push(token)
        yield Buffer.from(contents[Number(token)]!)
      },
    }
    expect(await merged({ features } as never, BASE, 'v0')).toMatchObject({ isPossible: true })
    expect(read).toEqual(['0'])
    expect(await merged({ features } as never)).toMatchObject({ isPossible: false })
  })

  it('is none where no version has that digest, whatever is as long', async () => {
    const target = await startDrive('x'.repeat(BASE.length), TEXTS.remote)
    expect(await merged(target)).toMatchObject({ isPossible: false, why: expect.stringContaining('no longer kept') })
  })

  it('is none where the drive cannot be asked for versions: the conflict is shown all the same', async () => {
    const target = await startDrive(BASE, TEXTS.remote)
    const features = {
      ...target.features,
      fileVersions: () => target.features.statKept!({} as never, { signal: never }),
    }
    expect(await merged({ ...target, features } as never)).toMatchObject({ isPossible: false })
  })
})
