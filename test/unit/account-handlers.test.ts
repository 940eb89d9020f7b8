import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SignInView } from '../../common/protocol.ts'
import { createAccountHandlers } from '../../main/api/accounts.ts'
import { placeBy } from '../../main/accounts/place.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { loopClock } from '../fakes/loop-clock.ts'
import { browse } from '../fakes/sign-in/browser.ts'
import { ADA, openDrive, startSignInFixture, type SignInFixture } from '../fakes/sign-in/harness.ts'

const CALLER = { transport: 'ipc' } as const
let fixture: SignInFixture
let told: string[]
let handlers: ReturnType<typeof createAccountHandlers>
beforeEach(async () => {
  // What is shown for a second is seen, however long this process is kept waiting.
  fixture = await startSignInFixture(loopClock())
  told = []
  const engine = { applySettings: async () => void told.push('applied'), wake: () => void told.push('woken') }
  const { accounts, host, place } = fixture
  handlers = createAccountHandlers({
    openTarget: () => openDrive(fixture, 'ada'),
    accounts,
    host,
    engine,
    signInPlace: (tenant = 'common') => ({ ...place, tenant }),
  })
})
afterEach(() => fixture.close())

function ended(id: string): Promise<SignInView> {
  return expect
    .poll(() => handlers['accounts.signInState']({ id }, CALLER))
    .not.toMatchObject({ state: 'waiting' })
    .then(() => handlers['accounts.signInState']({ id }, CALLER))
}

describe('accounts over the interface', () => {
  it('answer what to show, then who signed in, and what waited goes on', async () => {
    const begun = await handlers['accounts.signIn']({ method: 'device-code' }, CALLER)
    if (begun.state !== 'waiting' || begun.prompt.kind !== 'device-code') throw new Error(begun.state)
    expect(told).toEqual([])
    fixture.authority.grants.enterCode(begun.prompt.code, ADA)
    const account = { name: 'ada', kind: 'onedrive', userName: ADA.userName, state: 'signed-in', owner: 'work' }
    expect(await ended(begun.id)).toEqual({ id: begun.id, state: 'done', account })
    expect(told).toEqual(['applied', 'woken'])
    expect(await handlers['accounts.list']({}, CALLER)).toEqual([account])
    const answers = JSON.stringify([begun, await handlers['accounts.list']({}, CALLER)])
    for (const { secret } of fixture.authority.grants.handedOut) expect(answers).not.toContain(secret)
    await handlers['accounts.remove']({ name: 'ada' }, CALLER)
    expect(await handlers['accounts.list']({}, CALLER)).toEqual([])
  })

  it('end a sign-in when another one begins, and say what became of one that was declined', async () => {
    const first = await handlers['accounts.signIn']({ method: 'browser', tenant: 'contoso' }, CALLER)
    const second = await handlers['accounts.signIn']({ method: 'browser' }, CALLER)
    await expect(handlers['accounts.signInState']({ id: first.id }, CALLER)).rejects.toMatchObject({
      code: 'not-found',
    })
    if (second.state !== 'waiting') throw new Error(second.state)
    fixture.authority.browserUser = undefined
    await browse(second.prompt.url, fixture.authority.origin)
    expect(await ended(second.id)).toMatchObject({ state: 'failed', error: { message: 'The sign-in was declined.' } })
  })

  it('sign in to an account again where its tokens belong, whatever the settings say meanwhile', async () => {
    await fixture.signIn(ADA, 'home')
    const { accounts, host } = fixture
    const engine = { applySettings: async () => undefined, wake: () => undefined }
    const signInPlace = (tenant: string | undefined): ReturnType<typeof placeBy> => placeBy(DEFAULT_SETTINGS, tenant)
    handlers = createAccountHandlers({
      accounts,
      host,
      engine,
      signInPlace,
      openTarget: () => openDrive(fixture, 'home'),
    })
    const begun = await handlers['accounts.signIn']({ method: 'device-code', name: 'home' }, CALLER)
    if (begun.state !== 'waiting' || begun.prompt.kind !== 'device-code') throw new Error(begun.state)
    fixture.authority.grants.enterCode(begun.prompt.code, ADA)
    expect(await ended(begun.id)).toMatchObject({ state: 'done', account: { name: 'home' } })
    // A new one needs an application, and none is set.
    const unset = handlers['accounts.signIn']({ method: 'browser', name: 'new' }, CALLER)
    await expect(unset).rejects.toMatchObject({ code: 'invalid', fix: expect.stringContaining('microsoftClientId') })
  })
})

describe('how the drive of an account is', () => {
  it('is asked once in five minutes, however often it is looked at, and at once after another sign-in', async () => {
    await fixture.signIn(ADA)
    const look = (fresh = false): ReturnType<(typeof handlers)['accounts.look']> =>
      handlers['accounts.look']({ name: 'ada', fresh }, CALLER)
    const [first, second] = await Promise.all([look(), look()])
    expect(first).toMatchObject({ isReachable: true, capacity: { totalBytes: expect.any(Number) } })
    expect(second).toBe(first)
    expect(await look(true)).toBe(first)
    expect(fixture.graph.count('GetDrive')).toBe(1)
    await fixture.signIn(ADA)
    expect(await look()).not.toBe(first)
    expect(fixture.graph.count('GetDrive')).toBe(2)
  })

  it('is told as not known where the drive does not tell, and as out of reach with the reason where it is', async () => {
    await fixture.signIn(ADA)
    fixture.authority.grants.revoke(ADA.userName)
    fixture.graph.tokens.revokeAll()
    const look = await handlers['accounts.look']({ name: 'ada', fresh: false }, CALLER)
    expect(look).toMatchObject({ isReachable: false, capacity: {}, error: { code: 'unauthenticated' } })
    expect(await handlers['accounts.list']({}, CALLER)).toMatchObject([{ state: 'sign-in-needed' }])
    await expect(handlers['accounts.look']({ name: 'nobody', fresh: false }, CALLER)).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })

  it('says until when the service asked to be left in peace', async () => {
    await fixture.signIn(ADA)
    fixture.graph.faults.add({
      operation: 'GetDrive',
      nth: 1,
      action: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
    })
    const before = fixture.host.clock.now()
    void handlers['accounts.look']({ name: 'ada', fresh: false }, CALLER)
    const waiting = async (): Promise<number> => (await handlers['accounts.list']({}, CALLER))[0]?.waitUntilMs ?? 0
    await expect.poll(waiting).toBeGreaterThan(before)
    await expect.poll(waiting).toBe(0)
  })
})

describe('a sign-in nobody waits for', () => {
  it('ends, and its code opens nothing any more', async () => {
    const begun = await handlers['accounts.signIn']({ method: 'device-code' }, CALLER)
    await handlers['accounts.endSignIn']({ id: begun.id }, CALLER)
    expect(await ended(begun.id)).toMatchObject({ state: 'failed', error: { code: 'cancelled' } })
    expect(await handlers['accounts.list']({}, CALLER)).toEqual([])
  })

  it('that was followed by another one leaves that one alone when it is ended late', async () => {
    const first = await handlers['accounts.signIn']({ method: 'device-code' }, CALLER)
    const second = await handlers['accounts.signIn']({ method: 'device-code' }, CALLER)
    if (second.state !== 'waiting' || second.prompt.kind !== 'device-code') throw new Error(second.state)
    await handlers['accounts.endSignIn']({ id: first.id }, CALLER)
    fixture.authority.grants.enterCode(second.prompt.code, ADA)
    expect(await ended(second.id)).toMatchObject({ state: 'done', account: { name: 'ada' } })
  })
})
