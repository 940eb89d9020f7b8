import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseBytes } from '../../common/format.ts'
import { processEnd } from '../fakes/tidekeep-process.ts'

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url))

const LAST_STEP =
  'A letter is deleted: what is missing is deleted after ten seconds, since it might be half of a rename'

/** One step as it was printed: its title, the paths by method, and the amounts of the last line. */
interface Step {
  readonly methods: readonly string[]
  readonly sentBytes: number
  readonly savedBytes: number
}

describe('npm run demo', () => {
  it('shows each step with what it sent and saved, ends with 0 and leaves nothing behind', async () => {
    const { exitCode, stdout, stderr } = await processEnd(spawn(process.execPath, [DEMO, '--exit'], { stdio: 'pipe' }))
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    const first = stepOf(stdout, 'Everything is backed up for the first time')
    expect(first.methods.filter((method) => method === 'whole')).toHaveLength(7)
    expect(first.sentBytes).toBeGreaterThan(12 * 1024 * 1024 * 0.99)
    expect(stepOf(stdout, 'One line is added to a note')).toMatchObject({ methods: ['whole'], sentBytes: 54 })
    const renamed = stepOf(stdout, 'A folder of photos is renamed')
    expect(renamed.sentBytes).toBe(0)
    expect(renamed.savedBytes).toBeGreaterThan(12 * 1024 * 1024 * 0.99)
    const again = stepOf(stdout, 'A file is saved again without a change')
    const last = stepOf(stdout, LAST_STEP)
    expect([again.sentBytes, last.sentBytes]).toEqual([0, 0])
    expect(again.methods.filter((method) => method !== 'delete')).toEqual(['metadata'])
    // The empty folder that the rename left, which a slow computer deletes before the last step, and the letter.
    expect(last.methods.at(-1)).toBe('delete')
    const deletions = [...renamed.methods, ...again.methods, ...last.methods].filter((method) => method === 'delete')
    expect(deletions).toHaveLength(2)
    const held = /^What the target holds now: (.+)$/m.exec(stdout)?.[1]?.split(', ')
    expect(held).toHaveLength(6)
    expect(held).not.toContain('letter.txt')
    const place = /^A sample folder was made in (.+)\/Documents$/m.exec(stdout)?.[1] ?? '/'
    expect(existsSync(place)).toBe(false)
  })
})

function stepOf(stdout: string, title: string): Step {
  const [, after = ''] = stdout.split(`${title}\n`)
  const lines = (after.split('\n\n')[0] ?? '').split('\n').map((line) => line.trim())
  const [, sent = '', saved = ''] = /^sent (.+), saved (.+), safe after /.exec(lines.at(-1) ?? '') ?? []
  const methods = lines.slice(0, -1).map((line) => line.split(' ')[0] ?? '')
  return { methods, sentBytes: parseBytes(sent), savedBytes: parseBytes(saved) }
}
