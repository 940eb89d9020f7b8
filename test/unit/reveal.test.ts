import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { createFileHandlers } from '../../main/api/files.ts'
import type { Host } from '../../main/host.ts'
import { createReveal } from '../../main/service/reveal.ts'
import type { Store } from '../../main/state/store.ts'
import { createFakeHost } from '../fakes/host.ts'

const CALLER = { transport: 'http' } as const
const root = mkdtempSync(join(tmpdir(), 'tidekeep-reveal-'))
mkdirSync(join(root, 'a'))
writeFileSync(join(root, 'a', 'b.txt'), '')

function bench(isDesktop = true) {
  const shown: string[] = []
  const folder = { id: 'f1', name: 'x', path: root, target: '/t', mode: 'backup', paused: false, ignore: [] } as const
  const reveal = async (path: string): Promise<void> => void shown.push(path)
  const host: Host = { ...createFakeHost(), ...(isDesktop ? { reveal } : {}) }
  const settings = { get: () => ({ ...DEFAULT_SETTINGS, folders: [folder] }), update: async () => undefined }
  const baseline = { get: (_id: string, path: string) => (path === 'a/b.txt' ? { contentHash: 'ab12' } : undefined) }
  const handlers = createFileHandlers({ settings, host, store: { baseline } as unknown as Store })
  const digest = (path: string) => handlers['files.digest']({ folderId: 'f1', path }, CALLER)
  return {
    shown,
    digest,
    show: (path: string, folderId = 'f1') => handlers['files.reveal']({ folderId, path }, CALLER),
  }
}

describe('showing a file in its folder', () => {
  it('shows the file, or what is left of the way to it', async () => {
    const { shown, show } = bench()
    for (const path of ['a/b.txt', 'a/gone.txt', 'gone/too.txt']) await show(path)
    expect(shown).toEqual([join(root, 'a', 'b.txt'), join(root, 'a'), root])
  })

  it('leads to nothing outside the folder', async () => {
    const { shown, show } = bench()
    for (const path of ['../x', '/etc/passwd', 'a/../../x', 'a//b', './a', 'a\0b'])
      await expect(show(path), path).rejects.toMatchObject({ code: 'invalid' })
    await expect(show('a', 'other')).rejects.toMatchObject({ code: 'not-found' })
    expect(shown).toEqual([])
  })

  it('is refused where there is no desktop', async () => {
    await expect(bench(false).show('a/b.txt')).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('the digest of a file', () => {
  it('is told where one was agreed on, and of nothing outside the folder', async () => {
    const { digest } = bench()
    expect([await digest('a/b.txt'), await digest('a')]).toEqual([{ contentHash: 'ab12' }, {}])
    await expect(digest('../x')).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('the file manager', () => {
  it('is started without a shell, and only where there is a display', async () => {
    const started: unknown[] = []
    const start = async (...command: unknown[]): Promise<void> => void started.push(command)
    await createReveal('linux', { DISPLAY: ':0' }, start)?.('/home/a/-x; rm/b.txt')
    await createReveal('linux', { WAYLAND_DISPLAY: 'wayland-0' }, start)?.('/home/a/b.txt')
    await createReveal('darwin', {}, start)?.('/Users/a/b.txt')
    expect(started).toEqual([
      ['xdg-open', ['/home/a/-x; rm']],
      ['xdg-open', ['/home/a']],
      ['open', ['-R', '/Users/a/b.txt']],
    ])
    expect(createReveal('linux', {}, start)).toBeUndefined()
    expect(createReveal('win32', { DISPLAY: ':0' }, start)).toBeUndefined()
  })
})
