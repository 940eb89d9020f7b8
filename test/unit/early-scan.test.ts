import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { beginScan } from '../../main/engine/scan/early-scan.ts'
import type { RootIdentity, ScanBatch, Scanner, ScanScope } from '../../main/engine/scan/scanner.ts'

const EVERYTHING: readonly ScanScope[] = [{ path: '' as RelPath, recursive: true }]
const never = new AbortController().signal

/** Tells in `calls` what it was asked, in order; each look finds one batch more than the one before. */
class FakeScanner implements Scanner {
  readonly calls: string[] = []
  roots: RootIdentity[] = [{ device: '1', inode: '1' }]
  isUnreadable = false
  #looks = 0

  async *scan(scopes: readonly ScanScope[], signal: AbortSignal): AsyncGenerator<ScanBatch> {
    this.calls.push(`scan ${scopes.map(({ path }) => path).join()}`)
    const look = ++this.#looks
    try {
      for (let batch = 0; batch < look; batch++) {
        if (signal.aborted) throw new Error('aborted')
        yield { entries: [], problems: [], ignored: look }
      }
    } finally {
      this.calls.push('scan ended')
    }
  }

  async root(): Promise<RootIdentity> {
    this.calls.push('root')
    if (this.isUnreadable) throw new Error('gone')
    return this.roots.length > 1 ? this.roots.shift()! : this.roots[0]!
  }

  stat(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  exists(): Promise<boolean> {
    return Promise.resolve(false)
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([])
  }
}

async function looked(scanner: Scanner): Promise<readonly number[]> {
  const found: number[] = []
  for await (const { ignored } of scanner.scan(EVERYTHING, never)) found.push(ignored)
  return found
}

describe('a scan that begins early', () => {
  it('has looked at the root, and then begun, before anybody asks', async () => {
    const fake = new FakeScanner()
    await beginScan(fake, never)
    expect(fake.calls).toEqual(['root', 'scan '])
  })

  it('gives what it found to the first who looks at everything, and looks again for the second', async () => {
    const fake = new FakeScanner()
    const { scanner } = await beginScan(fake, never)
    expect([await looked(scanner), await looked(scanner)]).toEqual([[1], [2, 2]])
  })

  it('answers the root that was read, then the one there is: a disk that came in between is told apart', async () => {
    const fake = new FakeScanner()
    fake.roots = [
      { device: '1', inode: 'empty' },
      { device: '2', inode: 'disk' },
    ]
    const { scanner } = await beginScan(fake, never)
    expect([await scanner.root(), await scanner.root()]).toEqual([
      { device: '1', inode: 'empty' },
      { device: '2', inode: 'disk' },
    ])
  })

  it('leaves looks at a part alone', async () => {
    const fake = new FakeScanner()
    const { scanner } = await beginScan(fake, never)
    for await (const { ignored } of scanner.scan([{ path: 'a' as RelPath, recursive: true }], never))
      expect(ignored).toBe(2)
    expect(await looked(scanner)).toEqual([1])
  })

  it('begins nothing where the root cannot be read, and whoever asks is told why', async () => {
    const fake = new FakeScanner()
    fake.isUnreadable = true
    const { scanner } = await beginScan(fake, never)
    expect(fake.calls).toEqual(['root'])
    await expect(scanner.root()).rejects.toThrow('gone')
  })

  it('ends when nobody asked', async () => {
    const fake = new FakeScanner()
    const early = await beginScan(fake, never)
    await early.end()
    expect(fake.calls.at(-1)).toBe('scan ended')
    await early.end()
  })
})
