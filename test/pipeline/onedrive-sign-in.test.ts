import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { Notices } from '../../main/engine/notices.ts'
import { createPool } from '../../main/pool.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import type { AccessTokens } from '../../main/providers/onedrive/account.ts'
import { createOneDriveProvider } from '../../main/providers/onedrive/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'
import { createFakeHost } from '../fakes/host.ts'
import { memorySessions } from '../fakes/s3/harness.ts'
import { realClock } from '../fakes/real-clock.ts'
import { ADA, startSignInFixture, type SignInFixture } from '../fakes/sign-in/harness.ts'

const FILES = 60
let fixture: SignInFixture
let place: string
let harness: Harness | undefined
/** Tokens wanted so far. */
let asked = 0
const pool = createPool({ threads: 1 })
beforeEach(async () => {
  fixture = await startSignInFixture()
  place = mkdtempSync(join(tmpdir(), 'tidekeep-sign-in-'))
  mkdirSync(join(place, 'source'))
  for (let index = 0; index < FILES; index++) writeFileSync(join(place, 'source', `file ${index}`), `content ${index}`)
})
afterEach(async () => {
  await harness?.stop({ now: true })
  harness = undefined
  await fixture.close()
  rmSync(place, { recursive: true, force: true })
})

async function start(): Promise<Harness> {
  const { host, secrets, accounts } = fixture
  const { tokens, ...opened } = await accounts.open('ada')
  const counting: AccessTokens = {
    token: (options) => {
      asked++
      return tokens.token(options)
    },
    expired: (token, claims) => tokens.expired(token, claims),
  }
  const account = { ...opened, tokens: counting }
  const sessions = memorySessions()
  const wrap = (): TargetProvider =>
    decorate(createOneDriveProvider({ account, folder: 'Backups', deps: { host, pool, secrets, sessions } }), {
      ...host,
      limiter: new ByteLimiter(realClock, 0),
    })
  harness = await startEngine({ place, wrap })
  return harness
}

describe('a sign-in that ends in the middle of a backup', () => {
  it('parks what is under way, is told once, and lets everything go on exactly there after the next', async () => {
    const { graph, authority } = fixture
    await fixture.signIn(ADA)
    const run = (): void => {
      authority.grants.revoke(ADA.userName)
      graph.tokens.revokeAll()
    }
    graph.faults.add({ operation: 'UploadFragment', nth: 20, action: { kind: 'run', run, after: true } })
    const { engine, store } = await start()
    const host = createFakeHost({ clock: realClock })
    const notices = new Notices(host, () => DEFAULT_SETTINGS)
    engine.onStatus((status) => notices.update(status))
    await expect.poll(() => engine.status().attention).not.toEqual([])
    await expect.poll(() => store.queue.list({ state: 'running', limit: 100 })).toEqual([])
    expect(engine.status().attention).toMatchObject([
      { kind: 'signed-out', count: 1, fix: 'Sign in again with "tidekeep account sign-in ada".' },
    ])
    expect(store.queue.list({ state: 'dead', limit: 100 })).toEqual([])
    const refreshes = authority.count('Token:refresh_token')
    notices.update(engine.status())
    const askedBefore = asked
    engine.wake()
    await expect.poll(() => asked).toBeGreaterThan(askedBefore)
    expect(host.notices.filter(({ body }) => body.includes('has ended'))).toHaveLength(1)
    // Refused once, the authority is left in peace.
    expect(authority.count('Token:refresh_token')).toBe(refreshes)
    const safe = engine.status().folders[0]!.files
    expect(safe).toBeLessThan(FILES)
    await fixture.signIn(ADA)
    engine.wake()
    expect(await harness!.until('protected')).toMatchObject({ files: FILES, dead: 0, problems: 0 })
    expect(engine.status().attention).toEqual([])
    const drive = graph.driveById(ADA.driveId)!
    for (let index = 0; index < FILES; index++)
      expect(drive.find(drive.root, ['Backups', `file ${index}`])?.bytes.toString()).toBe(`content ${index}`)
    // What was safe was not sent again.
    expect(graph.count('UploadFragment')).toBeLessThanOrEqual(FILES + 12)
    console.log(
      `${safe} of ${FILES} files before, ${graph.count('UploadFragment')} uploads in all, ${refreshes} refreshes`,
    )
  })
})
