import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LAUNCHER } from '../fixtures/built.ts'

it('the service is one process, started so that threads share their memory', async () => {
  if (process.platform !== 'linux') return void console.log('not run: only glibc keeps memory apart for each thread')
  const home = mkdtempSync(join(tmpdir(), 'tidekeep-launcher-'))
  const env = { ...process.env, TIDEKEEP_HOME: home, TIDEKEEP_SECRETS: 'file' }
  const child = spawn(process.execPath, [LAUNCHER, 'serve', '--no-ui'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    for await (const said of child.stderr) if (String(said).includes('Tidekeep is running')) break
    expect(readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0')).toContain('MALLOC_ARENA_MAX=2')
    expect(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).toBe('')
  } finally {
    child.kill('SIGKILL')
    await ended
    rmSync(home, { recursive: true, force: true })
  }
})
