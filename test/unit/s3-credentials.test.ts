import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCredentialSource, readProfile } from '../../main/providers/s3/credentials.ts'
import { memorySecrets } from '../fakes/s3/harness.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const directory = mkdtempSync(join(tmpdir(), 's3-credentials-'))
const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' }

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory, 'credentials'))
})
afterEach(() => vi.unstubAllEnvs())

const source = (options: { accountId?: string; profile?: string }, secrets = memorySecrets({})) =>
  createCredentialSource(options, { secrets, clock: new VirtualClock(), env: process.env })

describe('credentials', () => {
  it('come from the secret store where an account is named', async () => {
    const secrets = memorySecrets({ 's3:nas': JSON.stringify({ ...KEYS, sessionToken: 'token' }) })
    expect(await source({ accountId: 'nas' }, secrets).get()).toEqual({ ...KEYS, sessionToken: 'token' })
  })

  it.each([undefined, '{', 'null', '{"accessKeyId":1}'])(
    'are unauthenticated when the stored entry is %j',
    async (stored) => {
      const secrets = memorySecrets(stored === undefined ? {} : { 's3:nas': stored })
      await expect(source({ accountId: 'nas' }, secrets).get()).rejects.toMatchObject({ code: 'unauthenticated' })
    },
  )

  it('come from the environment otherwise', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ENVID')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'envsecret')
    expect(await source({}).get()).toMatchObject({ accessKeyId: 'ENVID', secretAccessKey: 'envsecret' })
  })

  it('come from the named profile, whatever the environment holds', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ENVID')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'envsecret')
    writeFileSync(
      join(directory, 'credentials'),
      '[work]\naws_access_key_id = WORKID\naws_secret_access_key = worksecret\n',
    )
    expect(await source({ profile: 'work' }).get()).toMatchObject({ accessKeyId: 'WORKID' })
  })

  it('missing everywhere: say the ways to give them, without waiting for a cloud that is not there', async () => {
    writeFileSync(join(directory, 'credentials'), '')
    let asked = 0
    const machine = createServer((_request, response) => {
      asked++
      response.writeHead(404).end()
    })
    machine.listen(0, '127.0.0.1')
    await once(machine, 'listening')
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://127.0.0.1:${(machine.address() as AddressInfo).port}`)
    await expect(source({}).get()).rejects.toMatchObject({
      code: 'unauthenticated',
      fix: expect.stringMatching(/AWS_ACCESS_KEY_ID.*profile/) as string,
    })
    machine.close()
    expect(asked).toBe(0)
  })

  it('are fetched once, and anew when told to forget them', async () => {
    const secrets = memorySecrets({ 's3:nas': JSON.stringify(KEYS) })
    const get = vi.spyOn(secrets, 'get')
    const credentials = source({ accountId: 'nas' }, secrets)
    const used = await credentials.get()
    await credentials.get()
    expect(get).toHaveBeenCalledTimes(1)
    for (let request = 0; request < 50; request++) {
      credentials.forget(used)
      await credentials.get()
    }
    expect(get).toHaveBeenCalledTimes(2)
  })
})

describe('the profile', () => {
  it('gives region and endpoint of the named or the default section', async () => {
    const file = join(directory, 'config')
    writeFileSync(
      file,
      '[default]\nregion = eu-north-1\n[profile nas]\n# comment\nregion=nas-1\nendpoint_url = https://nas.lan:9000\n[other]\nregion = no\n',
    )
    expect(await readProfile(undefined, { AWS_CONFIG_FILE: file })).toEqual({ region: 'eu-north-1' })
    expect(await readProfile('nas', { AWS_CONFIG_FILE: file })).toEqual({
      region: 'nas-1',
      endpoint: 'https://nas.lan:9000',
    })
    expect(await readProfile(undefined, { AWS_CONFIG_FILE: file, AWS_PROFILE: 'nas' })).toMatchObject({
      region: 'nas-1',
    })
    expect(await readProfile('nobody', { AWS_CONFIG_FILE: file })).toEqual({})
    expect(await readProfile('nas', { AWS_CONFIG_FILE: join(directory, 'missing') })).toEqual({})
  })
})
