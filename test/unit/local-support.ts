import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Entry, Precondition, RelPath } from '../../common/model.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { BatchItem, TargetProvider } from '../../main/providers/provider.ts'
import type { Pool, TaskName } from '../../workers/tasks.ts'
import { asScanned } from '../conformance/local-content.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'

export const rel = (path: string): RelPath => path as RelPath
export const never = { signal: new AbortController().signal }
export const ANY: Precondition = { kind: 'any' }
export const ABSENT: Precondition = { kind: 'absent' }

/** A pool with a hook around its tasks, to do something between the halves of a put. */
export function hookedPool(inner: Pool, before: (name: TaskName) => void | Promise<void>): Pool {
  return {
    run: async (name, params, options) => {
      await before(name)
      return inner.run(name, params, options)
    },
    close: () => inner.close(),
  }
}

/** Directories of a test, its pool, and providers on them. */
export class LocalBench {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'tidekeep-local-unit-')))
  readonly root = join(this.base, 'target')
  readonly source = join(this.base, 'source')
  readonly pool = createPool({ threads: 2 })
  readonly host: FakeHost = createFakeHost()

  constructor() {
    mkdirSync(this.source)
  }

  open(options: { readonly mustExist?: boolean; readonly pool?: Pool; readonly root?: string } = {}): TargetProvider {
    const { root = this.root, pool = this.pool, mustExist = false } = options
    return createLocalProvider({ root, deps: { pool, host: this.host }, mustExist })
  }

  /** Writes a source file; gives it as a batch item. */
  item(path: string, content: string | Uint8Array, expect: Precondition = ABSENT): BatchItem {
    const absolutePath = join(this.source, path)
    mkdirSync(dirname(absolutePath), { recursive: true })
    writeFileSync(absolutePath, content)
    const file = asScanned(absolutePath)
    return {
      path: rel(path),
      content: {
        size: file.size,
        file,
        open: () => {
          throw new Error('read by the provider')
        },
      },
      metadata: { mtimeNs: file.mtimeNs, mode: 0o644 },
      expect,
    }
  }

  put(
    provider: TargetProvider,
    path: string,
    content: string,
    expect: Precondition = ANY,
  ): ReturnType<TargetProvider['put']> {
    const item = this.item(path, content, expect)
    return provider.put(item.path, item.content, { ...never, metadata: item.metadata, expect })
  }

  /** Names of temporary files and stages. */
  temporaries(): readonly string[] {
    const area = join(this.root, '.tidekeep/tmp')
    return existsSync(area) ? readdirSync(area) : []
  }

  async close(): Promise<void> {
    await this.pool.close()
    rmSync(this.base, { recursive: true, force: true })
  }
}

export async function listAll(provider: TargetProvider, path = ''): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const page of provider.list(rel(path), never)) entries.push(...page)
  return entries
}
