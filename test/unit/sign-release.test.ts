import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { judge } from '../../main/updates/judge.ts'
import { demandFile } from '../../main/updates/verify-file.ts'
import { VERSION } from '../../main/version.ts'

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'sign-release.ts')
const run = promisify(execFile)
const sign = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [SCRIPT, ...args], { env: { PATH: process.env['PATH'], ...env } })

describe('signing a release', () => {
  it('makes keys, and a manifest that an older installation with these keys takes', async () => {
    const place = mkdtempSync(join(tmpdir(), 'tidekeep-release-'))
    const [keys, dist] = [join(place, 'keys'), join(place, 'dist')]
    mkdirSync(dist)
    const { stdout } = await sign(['keys', keys])
    const [, id = '', publicKey = ''] = /id: '([\da-f]{16})', publicKey: '([^']+)'/.exec(stdout) ?? []
    const pem = join(keys, readdirSync(keys)[0]!)
    expect(statSync(pem).mode & 0o777).toBe(0o600)
    expect(stdout).not.toContain('PRIVATE')

    const installer = join(dist, `Tidekeep-${VERSION}-linux-x86_64.AppImage`)
    writeFileSync(installer, 'an installer')
    writeFileSync(join(dist, 'Tidekeep-0.0.1-linux-x86_64.AppImage'), 'an old one')
    writeFileSync(join(dist, 'builder-debug.yml'), '')
    const args = ['sign', dist, '--channel', 'stable', '--min-version', '0.0.1', '--days', '30']
    await expect(sign(args)).rejects.toMatchObject({ stderr: expect.stringMatching(/TIDEKEEP_RELEASE_KEY/) })
    await sign(args, { TIDEKEEP_RELEASE_KEY_FILE: pem })

    const { file, version } = judge({
      manifest: readFileSync(join(dist, 'manifest.json')),
      envelope: readFileSync(join(dist, 'manifest.json.sig'), 'utf8'),
      keys: [{ id, publicKey }],
      channel: 'stable',
      installation: { version: '0.0.1', platform: 'linux', arch: 'x64', kind: 'AppImage' },
      nowMs: Date.now(),
    })
    expect(version).toBe(VERSION)
    expect(file?.name).toBe(`Tidekeep-${VERSION}-linux-x86_64.AppImage`)
    await demandFile(installer, file!)
  })
})
