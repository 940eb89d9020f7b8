import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { toTidekeepError } from '../../common/errors.ts'
import { toRelPath } from '../../common/paths.ts'
import { createApplication } from '../../main/compose.ts'
import type * as preview from '../../main/engine/preview.ts'
import type { PreviewDeps } from '../../main/engine/preview.ts'
import { createNodeHost } from '../../main/service/node-host.ts'

const place = mkdtempSync(join(tmpdir(), 'tidekeep-preview-'))
const source = join(place, 'source')
const target = join(place, 'target')
const tried: string[] = []

beforeAll(() => {
  for (const directory of [source, target]) mkdirSync(directory)
  writeFileSync(join(source, 'a'), 'a')
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

vi.mock(import('../../main/engine/preview.ts'), async (original) => {
  const real: typeof preview = await original()
  /** As the real one, and first does what a preview never may. */
  const previewPlan: typeof preview.previewPlan = async (deps: PreviewDeps, folder, signal) => {
    const opened = await deps.openTarget(folder, 'preview')
    await opened.features
      .makeDirectory?.(toRelPath('made'), { mtimeNs: 0n }, { signal })
      .catch((error: unknown) => tried.push(toTidekeepError(error).code))
    await opened.close()
    return real.previewPlan(deps, folder, signal)
  }
  return { ...real, previewPlan }
})

it('a preview of the whole program is given a target that refuses changes', async () => {
  const env = { ...process.env, TIDEKEEP_HOME: join(place, 'home') }
  const application = await createApplication({ host: createNodeHost({ env }), env })
  try {
    const folder = { path: source, target, mode: 'backup' as const }
    const plan = await application.handlers['plan.preview'](folder, { transport: 'direct' })
    expect(plan.counts.uploaded).toBe(1)
    expect(tried).toEqual(['forbidden'])
    expect(existsSync(join(target, 'made'))).toBe(false)
  } finally {
    await application.stop()
  }
})
