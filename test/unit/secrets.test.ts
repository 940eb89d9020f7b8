import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../main/host.ts'
import { openKeychain, systemKeychain, type Keychain } from '../../main/secrets/keychain.ts'
import { openSecrets } from '../../main/secrets/open-secrets.ts'
import { openSealedFile } from '../../main/secrets/sealed-file.ts'
import { RecordingLog, temporaryPaths } from '../fakes/host.ts'

const CHEAP = { N: 2, r: 1, p: 1 }
const log = new RecordingLog()

/** A keychain in memory, with the faults real ones have. */
class FakeKeychain implements Keychain {
  readonly values = new Map<string, string>()
  fault: 'none' | 'locked' | 'forgets' = 'none'

  async getPassword(_service: string, account: string): Promise<string | null> {
    this.#fail()
    return this.fault === 'forgets' ? null : (this.values.get(account) ?? null)
  }
  async setPassword(_service: string, account: string, password: string): Promise<void> {
    this.#fail()
    this.values.set(account, password)
  }
  async deletePassword(_service: string, account: string): Promise<boolean> {
    this.#fail()
    return this.values.delete(account)
  }
  #fail(): void {
    if (this.fault === 'locked') throw new Error('the keychain is locked')
  }
}

/** What every secret store keeps; `open` opens the same one again. */
function contract(name: string, make: () => Promise<() => Promise<Secrets>>): void {
  describe(`secrets in ${name}`, () => {
    it('are given back, replaced, removed, and kept apart by name', async () => {
      const open = await make()
      const secrets = await open()
      expect(await secrets.get('account/a')).toBeUndefined()
      await secrets.set('account/a', 'first')
      await secrets.set('account/b', 'other')
      await secrets.set('account/a', 'second')
      const again = await open()
      expect([await again.get('account/a'), await again.get('account/b')]).toEqual(['second', 'other'])
      await again.remove('account/a')
      await again.remove('account/a')
      expect(await (await open()).get('account/a')).toBeUndefined()
      expect(await again.get('account/b')).toBe('other')
      await again.remove('account/b')
    })

    it('are any text: long, empty-looking, other scripts, names of object members', async () => {
      const open = await make()
      const secrets = await open()
      const values = ['x'.repeat(2_000), ' ', 'pässwörd 🔑\n"quoted"', '{"accessKeyId":"a","secretAccessKey":"b"}']
      for (const [index, value] of values.entries()) {
        await secrets.set(`any/${index}`, value)
        expect(await (await open()).get(`any/${index}`)).toBe(value)
        await secrets.remove(`any/${index}`)
      }
      expect(await secrets.get('constructor')).toBeUndefined()
      await secrets.set('__proto__', 'v')
      expect(await (await open()).get('__proto__')).toBe('v')
      await secrets.remove('__proto__')
    })

    it('survive being written at the same time', async () => {
      const secrets = await (await make())()
      await Promise.all(Array.from({ length: 8 }, (_, index) => secrets.set(`many/${index}`, String(index))))
      const found = await Promise.all(Array.from({ length: 8 }, (_, index) => secrets.get(`many/${index}`)))
      expect(found).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
      for (let index = 0; index < 8; index++) await secrets.remove(`many/${index}`)
    })

    it('are described without being told', async () => {
      expect((await (await make())()).describe()).toMatch(/keychain|sealed file/)
    })
  })
}

contract('a sealed file with a key beside it', async () => {
  const directory = temporaryPaths().config
  return async () => openSealedFile({ directory, passphrase: undefined, log, cost: CHEAP })
})
contract('a sealed file with a passphrase', async () => {
  const directory = temporaryPaths().config
  return async () => openSealedFile({ directory, passphrase: 'correct horse', log, cost: CHEAP })
})
contract('a keychain', async () => {
  const keychain = new FakeKeychain()
  return async () => (await openKeychain(keychain, log))!
})

// Only where it was asked for: a developer's own keychain is not for tests to write to.
const real = process.env['REQUIRE_REAL'] === '1' || process.env['TIDEKEEP_TEST_KEYCHAIN'] === '1'
if (real && (await openKeychain(systemKeychain, log)) !== undefined) {
  contract('the keychain of this system', async () => async () => (await openKeychain(systemKeychain, log))!)
} else {
  describe('the keychain of this system', () => {
    it('says that it was not run', () => {
      console.log(
        'not run: secrets in the system keychain (TIDEKEEP_TEST_KEYCHAIN=1 dbus-run-session with gnome-keyring-daemon --unlock)',
      )
      expect(process.env['REQUIRE_REAL'], 'REQUIRE_REAL=1 needs a working keychain').not.toBe('1')
    })
  })
}

describe('a sealed file', () => {
  const open = (directory: string, passphrase?: string): Secrets =>
    openSealedFile({ directory, passphrase, log, cost: CHEAP })

  it('holds no secret in the clear and is for its owner only', async () => {
    const directory = temporaryPaths().config
    await open(directory).set('name', 'the-secret-value')
    for (const name of ['secrets.json', 'secrets.key']) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
      expect(readFileSync(join(directory, name), 'utf8')).not.toContain('the-secret-value')
    }
    chmodSync(join(directory, 'secrets.json'), 0o644)
    expect(await open(directory).get('name')).toBe('the-secret-value')
    expect(statSync(join(directory, 'secrets.json')).mode & 0o777).toBe(0o600)
  })

  it('refuses a wrong or missing passphrase for reading and writing, and keeps what it has', async () => {
    const directory = temporaryPaths().config
    await open(directory, 'right').set('name', 'value')
    const before = readFileSync(join(directory, 'secrets.json'))
    for (const passphrase of ['wrong', undefined]) {
      const secrets = open(directory, passphrase)
      await expect(secrets.get('name')).rejects.toMatchObject({ code: 'unauthenticated' })
      await expect(secrets.set('name', 'other')).rejects.toMatchObject({ code: 'unauthenticated' })
      await expect(secrets.remove('name')).rejects.toMatchObject({ code: 'unauthenticated' })
    }
    expect(readFileSync(join(directory, 'secrets.json')).equals(before)).toBe(true)
    expect(await open(directory, 'right').get('name')).toBe('value')
  })

  it('never makes a new key over secrets whose key file is gone', async () => {
    const directory = temporaryPaths().config
    await open(directory).set('name', 'value')
    rmSync(join(directory, 'secrets.key'))
    await expect(open(directory).get('name')).rejects.toMatchObject({
      code: 'unauthenticated',
      fix: expect.stringMatching(/Put it back/),
    })
    await expect(open(directory).set('other', 'x')).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(readdirSync(directory)).toEqual(['secrets.json'])
  })

  it('tells a damaged secret from a missing one, and leaves both it and the others', async () => {
    const directory = temporaryPaths().config
    const secrets = open(directory)
    await secrets.set('good', 'g')
    await secrets.set('bad', 'b')
    const path = join(directory, 'secrets.json')
    const document = JSON.parse(readFileSync(path, 'utf8')) as { entries: { name: string; sealed: { text: string } }[] }
    document.entries.find(({ name }) => name === 'bad')!.sealed.text = 'AAAA'
    document.entries.push({ name: 'moved', sealed: document.entries.find(({ name }) => name === 'good')!.sealed })
    writeFileSync(path, JSON.stringify(document))
    const before = readFileSync(path)
    await expect(open(directory).get('bad')).rejects.toMatchObject({ code: 'corrupt' })
    await expect(open(directory).get('moved')).rejects.toMatchObject({ code: 'corrupt' })
    expect(await open(directory).get('good')).toBe('g')
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it.each(['', '{}', 'not json', '{"format":"tidekeep-secrets","version":1,"scrypt":{"N":1099511627776}}'])(
    'that is damaged (%j) is reported and never overwritten',
    async (text) => {
      const directory = temporaryPaths().config
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, 'secrets.json'), text)
      await expect(open(directory).get('a')).rejects.toMatchObject({ code: 'corrupt' })
      await expect(open(directory).set('a', 'b')).rejects.toMatchObject({ code: 'corrupt' })
      expect(readFileSync(join(directory, 'secrets.json'), 'utf8')).toBe(text)
    },
  )

  it('is sealed anew when a passphrase is given for the first time', async () => {
    const directory = temporaryPaths().config
    await open(directory).set('name', 'value')
    const sealed = openSealedFile({ directory, passphrase: 'now with words', log, cost: CHEAP })
    expect(sealed.describe()).toMatch(/key beside it/)
    await sealed.adoptPassphrase()
    expect(sealed.describe()).toMatch(/your passphrase/)
    rmSync(join(directory, 'secrets.key'))
    expect(await open(directory, 'now with words').get('name')).toBe('value')
    await expect(open(directory).get('name')).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('choosing where secrets are kept', () => {
  const choose = (env: Record<string, string>, keychain: Keychain, paths = temporaryPaths()): Promise<Secrets> =>
    openSecrets({ paths, env, log, keychain })

  it('takes the keychain where a round trip works, and leaves nothing of the trial in it', async () => {
    const keychain = new FakeKeychain()
    expect((await choose({}, keychain)).describe()).toBe('system keychain')
    expect(keychain.values.size).toBe(0)
  })

  it.each(['locked', 'forgets'] as const)('takes the sealed file where the keychain is one that %s', async (fault) => {
    const keychain = new FakeKeychain()
    keychain.fault = fault
    expect((await choose({}, keychain)).describe()).toBe(
      'sealed file, key beside it: protects against copying the file alone',
    )
    await expect(choose({ TIDEKEEP_SECRETS: 'keychain' }, keychain)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('takes the sealed file when a passphrase is given, also from a file', async () => {
    const paths = temporaryPaths()
    const path = join(paths.home, 'passphrase')
    writeFileSync(path, ' with spaces \nsecond line\n')
    const byFile = await choose({ TIDEKEEP_PASSPHRASE_FILE: path }, new FakeKeychain(), paths)
    expect(byFile.describe()).toMatch(/your passphrase/)
    await byFile.set('name', 'value')
    const direct = await choose({ TIDEKEEP_PASSPHRASE: ' with spaces ' }, new FakeKeychain(), paths)
    expect(await direct.get('name')).toBe('value')
    await expect(
      choose({ TIDEKEEP_PASSPHRASE_FILE: join(paths.home, 'none') }, new FakeKeychain()),
    ).rejects.toMatchObject({ code: 'invalid' })
    await expect(choose({ TIDEKEEP_SECRETS: 'cloud' }, new FakeKeychain())).rejects.toMatchObject({ code: 'invalid' })
  })

  it('still finds secrets that were sealed before there was a keychain', async () => {
    const paths = temporaryPaths()
    const without = new FakeKeychain()
    without.fault = 'locked'
    await (await choose({}, without, paths)).set('name', 'value')
    const secrets = await choose({}, new FakeKeychain(), paths)
    expect(secrets.describe()).toBe('system keychain')
    expect(await secrets.get('name')).toBe('value')
    await secrets.remove('name')
    expect(await (await choose({}, new FakeKeychain(), paths)).get('name')).toBeUndefined()
  })

  it('does not take the memory of the Linux kernel for a keychain', async () => {
    if (process.platform !== 'linux') return void console.log('not run: keychain pinning (Linux only)')
    const found = await openSecrets({ paths: temporaryPaths(), env: {}, log: new RecordingLog() })
    const hasService = process.env['DBUS_SESSION_BUS_ADDRESS'] !== undefined
    if (!hasService) expect(found.describe()).toMatch(/sealed file/)
  })
})
